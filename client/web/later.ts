/** What the page does not need until one can talk, as one file: more of them would take their common parts apart, too. */
export { Find } from "./find/find.js";
export { loadWords } from "./log/rare-lines.js";
export { actByKey, openMessageMenu, openOwnMenu, openPersonMenu } from "./menus/actions.js";
export { openLevels } from "./menus/levels.js";
export { showSecret } from "./menus/registering.js";
