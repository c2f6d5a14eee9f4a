/** The person's own names of commands and beginnings of lines. */

/** What an input means: `/name rest` becomes the text of `name`, a space, and the rest. */
export function expandAlias(input: string, aliases: ReadonlyMap<string, string>): string {
  if (aliases.size === 0) return input;
  const [, word = "", rest = ""] = /^[/／、](\S+)([\s\S]*)$/.exec(input) ?? [];
  const meant = aliases.get(word.normalize("NFKC").toLowerCase());
  return meant === undefined ? input : meant + rest;
}
