/** The words of the page: those that it shares with the terminal, its own, and some in place of a terminal's. */
import { type Language, languageOf } from "../i18n/language.js";
import type { PageOnlyWords, WebWords } from "../i18n/web-zh-CN.js";
import type { Words } from "../i18n/zh-CN.js";

export type PageWords = Words & { readonly web: WebWords };

/** Loads the words of one language; the other one is not transferred. */
export async function wordsOf(language: Language): Promise<PageWords> {
  const { shared, web, page } =
    language === "en" ? await import("./words-en.js") : await import("./words-zh-CN.js");
  return compose(shared, web, page);
}

function compose(shared: Words, web: WebWords, page: PageOnlyWords): PageWords {
  const { rule, quit, cannotReach, secretChosen, ...problems } = page;
  return {
    ...shared,
    login: { ...shared.login, rule },
    help: { ...shared.help, quit },
    notice: { ...shared.notice, secretChosen },
    problem: { ...shared.problem, ...problems, cannotReach: () => cannotReach },
    web,
  };
}

/** The language that was chosen before, or the browser's first one that names one. */
export function pageLanguage(chosen: Language | undefined, preferred: readonly string[]): Language {
  return chosen ?? preferred.map(languageOf).find((language) => language !== undefined) ?? "en";
}
