/** The words of the page: those that it shares with the terminal, its own, and some in place of a terminal's. */
import type { CoreWords } from "../i18n/core-zh-CN.js";
import { type Language, languageOf } from "../i18n/language.js";
import type { DialogWords, NotifyWords } from "../i18n/on-demand/dialogs-zh-CN.js";
import type { PageOnlyWords, WebWords } from "../i18n/web-zh-CN.js";
import type { Words } from "../i18n/zh-CN.js";

/** What is loaded from the start. */
export type PageWords = CoreWords & { readonly web: WebWords; readonly page: PageOnlyWords };

/** Loads the words of one language; the other one is not transferred. */
export async function wordsOf(language: Language): Promise<PageWords> {
  if (language === "en") {
    const [{ coreEn }, { webEn, pageEn }] = await Promise.all([
      import("../i18n/core-en.js"),
      import("../i18n/web-en.js"),
    ]);
    return compose(coreEn, webEn, pageEn);
  }
  const [{ coreZhCN }, { webZhCN, pageZhCN }] = await Promise.all([
    import("../i18n/core-zh-CN.js"),
    import("../i18n/web-zh-CN.js"),
  ]);
  return compose(coreZhCN, webZhCN, pageZhCN);
}

function compose(core: CoreWords, web: WebWords, page: PageOnlyWords): PageWords {
  const { rule, quit } = page;
  return {
    ...core,
    login: { ...core.login, rule },
    help: { ...core.help, quit },
    web,
    page,
  };
}

/** Loads the other words of the same language. */
export async function allWordsOf(words: PageWords): Promise<Words> {
  const onDemand =
    words.locale === "en"
      ? (await import("../i18n/on-demand/en.js")).onDemandEn
      : (await import("../i18n/on-demand/zh-CN.js")).onDemandZhCN;
  const { rule, quit, secretChosen, cannotReach, ...problems } = words.page;
  const problem = { ...onDemand.problem, ...problems, cannotReach: () => cannotReach };
  const notice = { ...words.notice, ...onDemand.notice, secretChosen };
  return { ...words, ...onDemand, notice, problem };
}

export type MenuWords = PageWords & { readonly dialog: DialogWords; readonly notify: NotifyWords };

/** Loads the words of menus and dialogs, in the same language. */
export async function menuWordsOf(words: PageWords): Promise<MenuWords> {
  if (words.locale === "en") {
    const { dialogsEn, notifyEn } = await import("../i18n/on-demand/dialogs-en.js");
    return { ...words, dialog: dialogsEn, notify: notifyEn };
  }
  const { dialogsZhCN, notifyZhCN } = await import("../i18n/on-demand/dialogs-zh-CN.js");
  return { ...words, dialog: dialogsZhCN, notify: notifyZhCN };
}

/** The language that was chosen before, or the browser's first one that names one. */
export function pageLanguage(chosen: Language | undefined, preferred: readonly string[]): Language {
  return chosen ?? preferred.map(languageOf).find((language) => language !== undefined) ?? "en";
}
