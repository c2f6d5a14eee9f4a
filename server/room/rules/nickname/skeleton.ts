import { CONFUSABLES } from "./confusables-data.js";
import { foldCase, isAscii } from "./fold.js";

let prototypes: ReadonlyMap<string, string> | undefined;

/**
 * What a name looks like; two names of one skeleton can be taken for each other. UTS #39, section 4, with two
 * differences. ASCII stands for itself (m is not rn, 0 not O, 1 and I not l), so that two ASCII names collide only when
 * they differ by case. And the look is case folded, because names are: Cyrillic СОСО looks like COCO, which is coco.
 *
 * `name`: in NFC, not folded, since В looks like B but в not like b.
 */
export function skeletonOf(name: string): string {
  if (isAscii(name)) return name.toLowerCase();
  // Once more after folding: the prototype of a capital may have a small letter that looks like another.
  return lookOf(foldCase(lookOf(name)));
}

function lookOf(text: string): string {
  prototypes ??= readPrototypes(CONFUSABLES);
  let look = "";
  for (const character of text.normalize("NFD"))
    look += prototypes.get(character) ?? plain(character, prototypes);
  return look.normalize("NFD");
}

/** A character without entry: ①, ｆ and 𝔣 look like what they are made of. */
function plain(character: string, known: ReadonlyMap<string, string>): string {
  const parts = character.normalize("NFKD");
  if (parts === character) return character;
  return Array.from(parts, (part) => known.get(part) ?? part).join("");
}

/** The table's form is described where it stands. */
function readPrototypes(table: string): Map<string, string> {
  const read = new Map<string, string>();
  for (const entry of table.split(";")) {
    const [target, ...steps] = entry.trim().split(/\s+/);
    if (!target) continue;
    const look = String.fromCodePoint(...target.split("+").map((point) => Number.parseInt(point, 36)));
    let point = 0;
    for (const step of steps) {
      point += Number.parseInt(step, 36);
      read.set(String.fromCodePoint(point), look);
    }
  }
  return read;
}
