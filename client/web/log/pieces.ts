/** A message as pieces of text, links and mentions of the reader. */
import { findMentions } from "../../text/mention.js";
import { sanitizeText } from "../../text/sanitize.js";

export type Piece =
  | { readonly kind: "text" | "mention"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

/** What may be an address: up to a space, a quotation mark or Chinese punctuation. The URL parser decides. */
const ADDRESS = /https?:\/\/[^\s<>"'`\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\u2018-\u201f]+/gi;
/** Punctuation of the sentence around an address. */
const TRAILING = /[.,;:!?*_~]+$/;

/** `text` as it was received. `self`: the reader's nickname; null: mentions are not marked. */
export function piecesOf(text: string, self: string | null): readonly Piece[] {
  const clean = sanitizeText(text.normalize("NFC"));
  const pieces: Piece[] = [];
  let from = 0;
  for (const { 0: found, index } of clean.matchAll(ADDRESS)) {
    const link = linkOf(found);
    if (!link) continue;
    pieces.push(...withMentions(clean.slice(from, index), self), link.piece);
    from = index + link.length;
  }
  return [...pieces, ...withMentions(clean.slice(from), self)];
}

function withMentions(text: string, self: string | null): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const { start, end } of self === null ? [] : findMentions(text, self.normalize("NFC"))) {
    pieces.push({ kind: "text", text: text.slice(from, start) });
    pieces.push({ kind: "mention", text: text.slice(start, end) });
    from = end;
  }
  pieces.push({ kind: "text", text: text.slice(from) });
  return pieces.filter((piece) => piece.text !== "");
}

/** `length`: characters of `found` that belong to the address. */
function linkOf(found: string): { readonly piece: Piece; readonly length: number } | undefined {
  const typed = withoutSentence(found);
  const url = URL.canParse(typed) ? new URL(typed) : undefined;
  // What precedes an @ looks like the host and is not.
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") return undefined;
  const text = isMixed(hostIn(typed)) ? url.href : typed;
  return { piece: { kind: "link", text, href: url.href }, length: typed.length };
}

/** Without the punctuation after an address, and without a bracket that was opened before it. */
function withoutSentence(found: string): string {
  let typed = found;
  for (;;) {
    const shorter = typed.replace(TRAILING, "").replace(/[)\]}]$/, (bracket, at: number) => {
      const opening = { ")": "(", "]": "[", "}": "{" }[bracket]!;
      const before = typed.slice(0, at);
      return before.split(opening).length > before.split(bracket).length ? bracket : "";
    });
    if (shorter === typed) return typed;
    typed = shorter;
  }
}

const hostIn = (address: string) => /^https?:\/\/([^/?#:]*)/i.exec(address)?.[1] ?? "";

/** Chinese and Japanese names mix the three scripts of the second one. */
const SCRIPTS = ["Latin", "Han}\\p{Script=Hiragana}\\p{Script=Katakana", "Common}\\p{Script=Inherited"].map(
  (names) => new RegExp(`[\\p{Script=${names}}]`, "gu"),
);

/** Whether a label of a host mixes scripts, as in a name that only looks like another one. */
function isMixed(host: string): boolean {
  return host.split(".").some((label) => {
    // What remains is of other scripts: they count as one, as none of them is a name's second script.
    const [latin = "", han = "", common = ""] = SCRIPTS.map((script) => (label.match(script) ?? []).join(""));
    const other = label.length - latin.length - han.length - common.length;
    return [latin.length, han.length, other].filter((count) => count > 0).length > 1;
  });
}
