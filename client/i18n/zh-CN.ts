/**
 * The source of all words that terminal and page show; the type Words is derived from it. No characters of ambiguous width
 * (dashes, arrows, ellipsis, curly quotes): some terminals draw them two cells wide. Leading signs (`*`, `!`, times) are
 * added by `lineText`.
 */
import { coreZhCN } from "./core-zh-CN.js";
import { onDemandZhCN } from "./on-demand/zh-CN.js";

export const zhCN = {
  ...coreZhCN,
  ...onDemandZhCN,
  notice: { ...coreZhCN.notice, ...onDemandZhCN.notice },
};

/** What terminal and page share; each adds words of its own. */
export type Words = typeof zhCN;
