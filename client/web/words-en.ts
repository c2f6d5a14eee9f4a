/** English, as a file of its own. */
export { en as shared } from "../i18n/en.js";
export { pageEn as page, webEn as web } from "../i18n/web-en.js";
