import { coreEn } from "./core-en.js";
import { onDemandEn } from "./on-demand/en.js";
import type { Words } from "./zh-CN.js";

export const en: Words = {
  ...coreEn,
  ...onDemandEn,
  notice: { ...coreEn.notice, ...onDemandEn.notice },
};
