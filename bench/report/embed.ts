/** Puts `part` between the two marker comments of that name in a Markdown document. Throws where they are not both there. */
export function embed(document: string, name: string, part: string): string {
  const begin = `<!-- ${name}:begin -->`;
  const end = `<!-- ${name}:end -->`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end, from + begin.length);
  if (from < 0 || to < 0) throw new Error(`the document has no ${begin} and ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${part.trim()}\n\n${document.slice(to)}`;
}
