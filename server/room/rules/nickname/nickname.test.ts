import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Refusal } from "../../errors.js";
import { showsSomething } from "../visible.js";
import { foldNickname } from "./fold.js";
import { type Nickname, parseNickname } from "./nickname.js";
import { ReservedNames } from "./reserved.js";

const ONLY_BUILT_IN = new ReservedNames([]);

function parse(raw: string): Nickname {
  return parseNickname(raw, ONLY_BUILT_IN);
}

/** "REASON rule limit" of the refusal, or "accepted". */
function verdict(raw: string, reserved = ONLY_BUILT_IN): string {
  try {
    parseNickname(raw, reserved);
    return "accepted";
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    expect(error.detail.field).toBe("nickname");
    return [error.reason, error.detail.rule, error.detail.limit]
      .filter((part) => part !== undefined)
      .join(" ");
  }
}

function collide(a: string, b: string): boolean {
  const [one, other] = [parse(a), parse(b)];
  return one.key === other.key || one.skeleton === other.skeleton;
}

describe("names of all languages are accepted", () => {
  test.each([
    ..."ada a 7 x_x a-b J.R.R ada_ Zoë Вася Ελένη 小明 さくら サクラ 김철수 דוד محمد مُحَمَّد राम पढ़ें".split(" "),
    ..."สมชาย ที่ ကျော် தமிழ் ᏣᎳᎩ Nguyễn ᾇδης q\u0301\u0302 ＡＤＡ 小明abc".split(" "),
    ..."田中さん tanaka田中サン kim김金 ㄅㄆ台 राम२ ⅷ 1a 東京2".split(" "),
  ])("%s", (name) => {
    expect(verdict(name)).toBe("accepted");
    expect(parse(name).shown).toBe(name.normalize("NFC"));
  });
});

describe("a name is refused with the rule it breaks", () => {
  test.each([
    ["", "empty"],
    ["ada lovelace", "whitespace"],
    ["ada\n", "whitespace"],
    ["ada\u3000b", "whitespace"],
    ["_ada", "first_character"],
    [".ada", "first_character"],
    ["\u0301a", "first_character"],
    ["ada@home", "character"],
    ["a/b", "character"],
    ["a#b", "character"],
    ["a:b", "character"],
    ["a,b", "character"],
    ["ada😀", "character"],
    ["ada\u0007", "character"],
    ["a\ue000", "character"],
    ["a\u{10ffff}", "character"],
    ["½", "character"],
    ["\ufdfa", "character"],
    ["a\ud800", "not_unicode"],
    ["a\u200bb", "invisible"],
    ["a\u200db", "invisible"],
    ["a\u202eb", "invisible"],
    ["a\u2066b", "invisible"],
    ["\u3164", "invisible"],
    ["a\ufe0f", "invisible"],
    ["a\u00adb", "invisible"],
    ["z\u0301\u0302\u0303", "marks 2"],
    ["e\u0301\u0301\u0301", "marks 2"],
    ["ế\u0323\u0323", "marks 2"],
    ["\u05d0\u05b0\u05b1\u05b2\u05b3\u05b4", "marks 4"],
    ["pаypal", "scripts"],
    ["Яdmin", "scripts"],
    ["αlpha", "scripts"],
    ["Я\u{1d400}", "scripts"],
    ["김さくら", "scripts"],
    ["ㄅさ", "scripts"],
    ["राम२2", "digits"],
    ["ada1\uff12", "digits"],
  ])("%j: %s", (name, rule) => {
    expect(verdict(name)).toBe(`NICKNAME_INVALID ${rule}`);
  });

  test("no character shows nothing, and none is hidden behind another", () => {
    const hidden: string[] = [];
    for (let point = 0; point <= 0x10ffff; point++) {
      const character = String.fromCodePoint(point);
      if (showsSomething(character)) continue;
      const names = /\p{M}/u.test(character) ? [character] : [character, `ab${character}`];
      hidden.push(...names.filter((name) => verdict(name) === "accepted"));
    }
    expect(hidden).toEqual([]);
    for (const blank of ["\u{13441}", "\u{13442}", "\u{13000}\u{13441}", "ⵣ\u2d7f", "\u{18b00}\u{16fe4}"])
      expect(verdict(blank)).toBe("NICKNAME_INVALID invisible");
  });

  test("24 graphemes, 24 columns and 64 bytes are allowed, one more is not", () => {
    expect(verdict("a".repeat(24))).toBe("accepted");
    expect(verdict("a".repeat(25))).toBe("NICKNAME_INVALID too_long 24");
    expect(verdict("明".repeat(12))).toBe("accepted");
    expect(verdict("明".repeat(13))).toBe("NICKNAME_INVALID too_long 24");
    expect(verdict(`${"ก".repeat(21)}1`)).toBe("accepted");
    expect(verdict(`${"ก".repeat(21)}12`)).toBe("NICKNAME_INVALID too_long 64");
    expect(verdict("a".repeat(1_000_000))).toBe("NICKNAME_INVALID too_long 64");
  });

  test("a name typed with separate marks is as long as its composed form", () => {
    expect(parse("e\u0301".repeat(24)).shown).toBe("é".repeat(24));
  });
});

describe("names collide when a reader cannot tell them apart", () => {
  test.each([
    ["ada", "Ada"],
    ["ada", "ＡＤＡ"],
    ["ada", "𝒶𝒹𝒶"],
    ["Вася", "вася"],
    ["straße", "STRASSE"],
    ["straße", "STRAẞE"],
    ["Σίσυφος", "ΣΊΣΥΦΟΣ"],
    ["istanbul", "İSTANBUL"],
    ["ILGIN", "ılgın"],
    ["ﬁn", "fin"],
    ["カナ", "ｶﾅ"],
    ["сосо", "coco"],
    ["СОСО", "coco"],
    ["раураӏ", "paypal"],
    ["ΑΒΕ", "abe"],
    ["ІВО", "IBO"],
    ["ꓲꓦꓮ", "Iva"],
    ["ᴀʟɪᴄᴇ", "alice"],
    ["𝒶𝓁𝒾𝒸ℯ", "alice"],
    ["аӏісе", "alice"],
    ["ﾅｵ", "ナオ"],
    ["力", "カ"],
    ["二", "ニ"],
  ])("%s and %s", (a, b) => {
    expect(collide(a, b)).toBe(true);
  });

  test.each([
    ["modern", "modem"],
    ["bob0", "bobO"],
    ["Ivan", "lvan"],
    ["aIice", "alice"],
    ["a1ice", "alice"],
    ["al_ice", "alice"],
    ["alice.", "alice"],
    ["alicee", "alice"],
    ["小龙", "小龍"],
    ["AIice", "alice"],
    ["A1ice", "alice"],
    ["el1", "ell_"],
    ["zoe", "zoë"],
    ["вор", "bop"],
    ["小明", "小朋"],
  ])("but %s and %s are two", (a, b) => {
    expect(collide(a, b)).toBe(false);
  });

  test("names in plain ASCII collide only when they differ by case", () => {
    const ascii = fc
      .stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,23}$/)
      .filter((name) => verdict(name) === "accepted");
    fc.assert(
      fc.property(ascii, ascii, (a, b) => {
        expect(collide(a, b)).toBe(a.toLowerCase() === b.toLowerCase());
        expect(collide(a, a.toUpperCase())).toBe(true);
      }),
    );
  });
});

describe("for any string at all", () => {
  const letters = fc.constantFrom(..."aAbЯяßẞıİiΣςσカｶがか\u0301\u0307小Ω１1_-.ﬁǅᾳᾼé𝔄Ꭰꭰᵃ");
  const strings = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: letters }),
    fc.string({ unit: "binary" }),
  );

  test("parsing returns a name or a refusal, and the shown form parses to itself", () => {
    fc.assert(
      fc.property(strings, (raw) => {
        if (verdict(raw) !== "accepted") return;
        const name = parse(raw);
        expect(parse(name.shown)).toEqual(name);
      }),
      { numRuns: 1_000 },
    );
  });

  test("folding is idempotent, and does not depend on how marks were typed", () => {
    fc.assert(
      fc.property(strings, (raw) => {
        const key = foldNickname(raw);
        expect(foldNickname(key)).toBe(key);
        expect(foldNickname(raw.normalize("NFD"))).toBe(foldNickname(raw.normalize("NFC")));
      }),
      { numRuns: 1_000 },
    );
  });
});
