import fc from "fast-check";
import { expect, test } from "vitest";
import { type Nickname, parseNickname } from "./nickname.js";
import { ReservedNames } from "./reserved.js";
import { suggestFree, suggestValid } from "./suggest.js";

const ONLY_BUILT_IN = new ReservedNames([]);
const parse = (raw: string) => parseNickname(raw, ONLY_BUILT_IN);

const suggest = (wanted: Nickname, taken: Parameters<typeof suggestFree>[1]) =>
  suggestFree(wanted, taken, ONLY_BUILT_IN);

/** A room in which these names are taken. */
function room(...names: string[]) {
  const members = names.map(parse);
  return (key: string, skeleton: string) =>
    members.some((member) => member.key === key || member.skeleton === skeleton);
}

test.each([
  ["ada", "ada2"],
  ["小明", "小明2"],
  ["ada2", "ada3"],
  ["ada9", "ada10"],
  ["agent007", "agent008"],
  ["राम", "राम2"],
  ["राम२", "राम३"],
  ["ada９", "ada１０"],
  ["r2d", "r2d2"],
  ["a1234567", "a12345672"],
  ["7", "8"],
])("%s is taken: %s is suggested", (wanted, offered) => {
  expect(suggest(parse(wanted), room(wanted))).toBe(offered);
});

test("a suggestion that is taken, also by a look-alike, is skipped", () => {
  expect(suggest(parse("coco"), room("coco", "COCO2", "сосо3"))).toBe("coco4");
});

test("a reserved word is skipped", () => {
  expect(suggestFree(parse("mp"), room("mp"), new ReservedNames(["mp2"]))).toBe("mp3");
});

test("a name at its limit is shortened by whole characters", () => {
  expect(suggest(parse("a".repeat(24)), room())).toBe(`${"a".repeat(23)}2`);
  expect(suggest(parse("明".repeat(12)), room())).toBe(`${"明".repeat(11)}2`);
  expect(suggest(parse("ก".repeat(21)), room())).toBe(`${"ก".repeat(21)}2`);
  expect(suggest(parse("กี".repeat(10)), room())).toBe(`${"กี".repeat(10)}2`);
});

test("there is no suggestion when everything like it is taken", () => {
  expect(suggest(parse("ada"), () => true)).toBeUndefined();
});

test("a suggestion is always valid and free", () => {
  const letters = fc.constantFrom(..."aZ_-.90９२明かЯé\u0301กี");
  const names = fc.string({ unit: letters, minLength: 1, maxLength: 30 }).map(tryParse);
  const takenOnes = fc.array(fc.nat(9));
  fc.assert(
    fc.property(names, takenOnes, (wanted, turns) => {
      fc.pre(wanted !== undefined);
      const refused = new Set<string>([wanted.key]);
      // Each turn takes the suggestion and asks again.
      for (const _ of turns) {
        const offered = suggest(wanted, (key) => refused.has(key));
        expect(offered).toBeDefined();
        const name = parse(offered!);
        expect(name.shown).toBe(offered);
        expect(refused.has(name.key)).toBe(false);
        refused.add(name.key);
      }
    }),
    { numRuns: 300 },
  );
});

function tryParse(raw: string): Nickname | undefined {
  try {
    return parse(raw);
  } catch {
    return undefined;
  }
}

test.each([
  ["John Smith", "John_Smith"],
  ["ada@example.org", "ada"],
  [" 小明 (老王) ", "小明_老王"],
  ["-- ada", "ada"],
  ["Ada\u202eLovelace", "AdaLovelace"],
  ["Adalbert Bartholomew Constantine", "Adalbert_Bartholomew_Con"],
  ["@", undefined],
  ["💥", undefined],
  ["", undefined],
  ["admin", undefined],
])("what is nearest to %j in another system is the nickname %s", (name, nickname) => {
  expect(suggestValid(name, ONLY_BUILT_IN)?.shown).toBe(nickname);
});

test("what is nearest to any name at all is valid", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
      const { shown } = suggestValid(name, ONLY_BUILT_IN) ?? {};
      return shown === undefined || parse(shown).shown === shown;
    }),
  );
});
