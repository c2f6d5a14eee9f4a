import type { Locale } from "../locale.js";
import { en, type Wording } from "./en.js";
import { zhCN } from "./zh-CN.js";

export type { Wording } from "./en.js";

/** What the server says to people, by language. */
export const wording: Record<Locale, Wording> = { en, "zh-CN": zhCN };
