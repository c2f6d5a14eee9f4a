/**
 * Two nicknames collide when they fold to the same key or have the same skeleton: by the first, `Ada` is `ada`; by the
 * second, Cyrillic СОСО is `coco`.
 */
import { CONFUSABLES } from "./confusables-data.js";

const MAX_ROUNDS = 4;

/**
 * The key by which a name is looked up: NFKC (which folds width), case folded, in NFC. Idempotent (Unicode's
 * NFKC_Casefold, section 3.13, except where `foldCase` differs). Accepts any string.
 */
export function foldNickname(raw: string): string {
  if (isAscii(raw)) return raw.toLowerCase();
  let folded = raw;
  // Folding can enable another composition, and a composition another folding.
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const again = foldCase(folded.normalize("NFKC")).normalize("NFKC");
    if (again === folded) break;
    folded = again;
  }
  return folded;
}

/**
 * Full case folding, the same in every locale: ß and ẞ are ss, ς is σ, ſ is s. The four Turkish letters I, İ, ı and i
 * are one, because a room has no language and names that differ by a dot cannot be told apart.
 */
function foldCase(text: string): string {
  // Lower twice: the upper case of ẞ is itself, but that of ß is SS. Upper in between: it unifies ı, ſ and ς with i, s, σ.
  const folded = text.toLowerCase().toUpperCase().toLowerCase();
  // toLowerCase depends on context for the final sigma; a combining dot on i and j is invisible.
  return folded.replaceAll("ς", "σ").replace(/([ij])\u0307/g, "$1");
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}

let prototypes: ReadonlyMap<string, string> | undefined;

/**
 * What a name looks like: names with the same skeleton can be mistaken for each other. UTS #39, section 4, with three
 * differences. ASCII maps to itself (m is not rn, 0 not O, 1 and I not l), so that ASCII names collide only when they
 * differ by case. The result is case folded, because names are: Cyrillic СОСО looks like COCO, which is coco. And small
 * capitals are capitals: ᴀᴅᴀ looks like ADA.
 *
 * `name`: in NFC, not folded, since В looks like B but в does not look like b.
 */
export function skeletonOf(name: string): string {
  if (isAscii(name)) return name.toLowerCase();
  return foldLook(lookOf(name));
}

/** What a name looks like in its own case. */
export function lookOf(name: string): string {
  return prototypesOf(capitalsOf(name));
}

/** The skeleton of a name that looks so. */
export function foldLook(look: string): string {
  // Again after folding: the lower case of a prototype may look like another letter.
  return prototypesOf(foldCase(look));
}

/** Small capital letters of phonetic alphabets. Those without a capital of their own in ASCII are left out. */
const SMALL_CAPITALS = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ";
const CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWYZ";

/** Before look-alikes are looked up: Cyrillic в looks like the small capital ʙ, but not like b. */
function capitalsOf(name: string): string {
  let capitals = "";
  for (const letter of name) {
    const at = SMALL_CAPITALS.indexOf(letter);
    capitals += at < 0 ? letter : CAPITALS[at];
  }
  return capitals;
}

function prototypesOf(text: string): string {
  prototypes ??= readPrototypes(CONFUSABLES);
  let look = "";
  for (const character of text.normalize("NFD"))
    look += prototypes.get(character) ?? plain(character, prototypes);
  return look.normalize("NFD");
}

/** A character that is not in the table: ①, ｆ and 𝔣 look like their decompositions. */
function plain(character: string, known: ReadonlyMap<string, string>): string {
  const parts = character.normalize("NFKD");
  if (parts === character) return character;
  return Array.from(parts, (part) => known.get(part) ?? part).join("");
}

/** For the format see confusables-data.ts. */
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
