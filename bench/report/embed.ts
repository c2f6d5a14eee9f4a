/**
 * Puts `part` between the two marker comments of a Markdown document: those of `section`, or those without a name.
 * Throws where they are not both there.
 */
export function embed(document: string, part: string, section?: string): string {
  const name = section === undefined ? "bench" : `bench:${section}`;
  const begin = `<!-- ${name}:begin -->`;
  const end = `<!-- ${name}:end -->`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end, from + begin.length);
  if (from < 0 || to < 0) throw new Error(`the document has no ${begin} and ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${part.trim()}\n\n${document.slice(to)}`;
}
