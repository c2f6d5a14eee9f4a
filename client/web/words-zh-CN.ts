/** Chinese, as a file of its own. */
export { pageZhCN as page, webZhCN as web } from "../i18n/web-zh-CN.js";
export { zhCN as shared } from "../i18n/zh-CN.js";
