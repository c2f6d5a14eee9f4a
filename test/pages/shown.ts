/** What pages show of outputs, compared with what is printed: all but the values that differ from run to run. */

const VOLATILE = new Set(["token", "id", "senderId", "recipientId", "cursor", "time", "joinTime"]);

/** Several JSON texts in a row, of one line or many. */
function values(text: string): unknown[] {
  return text
    .trim()
    .split(/(?<=\})\s*(?=\{)(?=\{\s*"(?:event|hello|caughtUp|id|token|code|users|text)")/)
    .map((one) => parse(one));
}

const parse = (text: string): unknown =>
  JSON.parse(text, (key, value) => (VOLATILE.has(key) ? `some ${key}` : value));

/** JSON objects, one on a line, in any order: results and the feed are independent. */
const lines = (text: string): unknown[] =>
  text
    .trim()
    .split("\n")
    .map((line) => parse(line.replace(/, \.\.\.(?=[,}])/g, "")))
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** The responses that curl prints have no line end. */
const packed = (text: string) => text.replace(/\s/g, "");

/** What precedes the columns of a report, such as that of doctor. */
const labels = (text: string) => text.match(/^\S.*?(?= {2,})/gm);
const isReport = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .every((line) => /^\S.*? {2,}\S/.test(line));

/** Both in a form in which what is printed contains what is shown. */
export function compare(
  language: string,
  shown: string,
  printed: string,
): { shown: unknown; printed: unknown } {
  const read =
    language === "json" ? values : language === "lines" ? lines : isReport(shown) ? labels : packed;
  return { shown: read(shown), printed: read(printed) };
}
