/** All wording for people, a catalogue for each language with the same type, and the choice of the language. */
import { en } from "./en.js";
import type { Catalog } from "./zh-CN.js";
import { zhCN } from "./zh-CN.js";

export type { Catalog } from "./zh-CN.js";

export type Language = "zh-CN" | "en";

const CATALOGS: Readonly<Record<Language, Catalog>> = { "zh-CN": zhCN, en };

export const LANGUAGES = Object.keys(CATALOGS) as Language[];

export function catalogOf(language: Language): Catalog {
  return CATALOGS[language];
}

export interface LanguageSources {
  /** --lang, PARLANCE_LANG and the config file, in order of precedence. */
  readonly chosen: readonly (string | undefined)[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Locale of the runtime, called only if the environment names none. */
  readonly systemLocale: () => string;
}

/**
 * The first source that names a language decides. Any `zh`, zh_TW included, is zh-CN; any other language is en. C, POSIX
 * and empty values name none; `und`, which Node returns for an empty LANG, results in en.
 */
export function chooseLanguage({ chosen, env, systemLocale }: LanguageSources): Language {
  for (const tag of [...chosen, env.LC_ALL, env.LC_MESSAGES, env.LANG]) {
    const language = languageOf(tag);
    if (language) return language;
  }
  return languageOf(systemLocale()) ?? "en";
}

function languageOf(tag: string | undefined): Language | undefined {
  const primary = tag
    ?.trim()
    .split(/[-_.@]/)[0]
    ?.toLowerCase();
  if (!primary || primary === "c" || primary === "posix" || primary === "und") return undefined;
  return primary === "zh" ? "zh-CN" : "en";
}
