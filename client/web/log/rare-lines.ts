/** The words of lines that most visits do not need, loaded when one is to be shown: see rare-words.ts. */
import { banRows, noticeWords, plainTheme, quoteWords, ruleWords } from "../../text/line-text.js";
import { problemWords } from "../../text/problem-words.js";
import { sanitizeText } from "../../text/sanitize.js";
import { allWordsOf, type PageWords } from "../words.js";
import type { LoadedWords, RareLine } from "./rare.js";

export async function loadWords(page: PageWords): Promise<LoadedWords> {
  const words = await allWordsOf(page);
  return {
    problem: (problem) => sanitizeText(problemWords(problem, words)),
    line(line: RareLine) {
      switch (line.kind) {
        case "problem":
          return sanitizeText(problemWords(line.problem, words));
        case "found":
          return ruleWords(line, words);
        case "quote":
          return quoteWords(line, words);
        case "bans":
          return banRows(line, { words, theme: plainTheme });
        default:
          return sanitizeText(noticeWords(line, { words, interactive: true, shorten: (text) => text }));
      }
    },
  };
}
