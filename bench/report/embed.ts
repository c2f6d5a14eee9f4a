const begin = "<!-- bench:begin -->";
const end = "<!-- bench:end -->";

/** Puts `part` between the two marker comments of a Markdown document. Throws where they are not both there. */
export function embed(document: string, part: string): string {
  const from = document.indexOf(begin);
  const to = document.indexOf(end, from + begin.length);
  if (from < 0 || to < 0) throw new Error(`the document has no ${begin} and ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${part.trim()}\n\n${document.slice(to)}`;
}
