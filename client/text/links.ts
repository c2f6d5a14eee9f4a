/** Web addresses in a text, of which a terminal makes links. */
import type { Range } from "./mention.js";

/** Characters of addresses (RFC 3986), after something that is no part of a word or of another scheme. */
const address = /(?<![\w./:@+-])https?:\/\/[\w!#$%&'()*+,\-./:;=?@[\]~]+/gi;
/** What ends a sentence, and not its address. */
const trailing = /^[.,;:!?'*_~]$/;
/** A longer address may follow: letters of any script, characters that browsers take for others, a dot of IDNA. */
const goesOn = /^(?:[\p{L}\p{N}\p{M}\\^`{|}]|[。．｡][\w-])/u;
/** VTE takes no longer ones. */
const MAX_LENGTH = 2_000;

/** Without marks that belong to the sentence around it, such as the bracket that it stands in. */
function trimmed(found: string): string {
  const count = (mark: string) => found.split(mark).length;
  const unpaired = { ")": count(")") - count("("), "]": count("]") - count("[") };
  let end = found.length;
  for (;;) {
    const last = found[end - 1] ?? "";
    if ((last === ")" || last === "]") && unpaired[last] > 0) unpaired[last]--;
    else if (!trailing.test(last)) return found.slice(0, end);
    end--;
  }
}

/** Whether everyone reads the same host from it: no user before the host, no number or escape that means another. */
function isPlain(text: string): boolean {
  // A semicolon separates the parameters of OSC 8.
  if (text.length > MAX_LENGTH || text.includes(";")) return false;
  const url = URL.parse(text);
  if (!url) return false;
  const { username, password, hostname } = url;
  const [, shown = ""] = /^https?:\/\/([^/?#]*)/i.exec(text) ?? [];
  const isSame = shown.replace(/:\d*$/, "").toLowerCase() === hostname;
  return isSame && username === "" && password === "";
}

/** UTF-16 ranges of web addresses that lead where they seem to; of others, a terminal makes what it likes. */
export function findLinks(text: string): Range[] {
  if (!text.includes("://")) return [];
  const ranges: Range[] = [];
  for (const { 0: found, index: start } of text.matchAll(address)) {
    if (goesOn.test(text.slice(start + found.length, start + found.length + 3))) continue;
    const link = trimmed(found);
    if (isPlain(link)) ranges.push({ start, end: start + link.length });
  }
  return ranges;
}
