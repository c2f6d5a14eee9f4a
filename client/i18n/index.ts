/** All wording for people on a terminal, a catalogue for each language with the same type. */
import { cliEn } from "./cli-en.js";
import { cliZhCN } from "./cli-zh-CN.js";
import { en } from "./en.js";
import type { Language } from "./language.js";
import { type Words, zhCN } from "./zh-CN.js";

/** The words of the terminal client. */
export type Catalog = Words & { readonly cli: typeof cliZhCN };

const CATALOGS: Readonly<Record<Language, Catalog>> = {
  "zh-CN": { ...zhCN, cli: cliZhCN },
  en: { ...en, cli: cliEn },
};

export const LANGUAGES = Object.keys(CATALOGS) as Language[];

export function catalogOf(language: Language): Catalog {
  return CATALOGS[language];
}
