import { describe, expect, test } from "vitest";
import { cases } from "./cases/index.js";
import { parse, requirementsOfSchema } from "./requirements.js";
import { faults } from "./self-test/faults.js";

const requirements = requirementsOfSchema();
const checked = new Set(cases.flatMap(({ ids }) => ids));
const duplicates = (names: readonly string[]) => names.filter((name, i) => names.indexOf(name) !== i);

describe("the requirements of the schema", () => {
  test("have unique ids", () => {
    expect(duplicates(requirements.map(({ id }) => id))).toEqual([]);
  });

  // A gap means that an id was removed: it has to remain as retired, or it would be assigned again.
  test("are numbered from 1 in each area, without gaps", () => {
    const numbers = new Map<string, number[]>();
    for (const { id } of requirements) {
      const [area, number] = id.split("-");
      numbers.set(area!, [...(numbers.get(area!) ?? []), Number(number)]);
    }
    for (const [area, found] of numbers) {
      const sorted = found.toSorted((a, b) => a - b);
      expect(sorted, area).toEqual(found.map((_, i) => i + 1));
    }
  });

  test("are checked by at least one case each, unless marked", () => {
    const missing = requirements.filter(({ id, mark }) => mark === undefined && !checked.has(id));
    expect(missing.map(({ id }) => id)).toEqual([]);
  });

  test("are not marked if a case checks them", () => {
    expect(requirements.filter(({ id, mark }) => mark !== undefined && checked.has(id))).toEqual([]);
  });

  test("are parsed with their marks, across line breaks", () => {
    expect(
      parse("// One. [BC-1] Two. [BC-2, not\n  // observable]\nstring a = 1; // [BC-3, client]"),
    ).toEqual([
      { id: "BC-1", mark: undefined },
      { id: "BC-2", mark: "not observable" },
      { id: "BC-3", mark: "client" },
    ]);
    for (const wrong of ["BC-01", "BC 1", "BC-1, unobservable", "BC-1 BC-2", "Bc-1"])
      expect(() => parse(`// Text. [${wrong}]`), wrong).toThrow("is not a requirement");
  });
});

describe("the conformance suite", () => {
  test("names only requirements that the schema has", () => {
    const known = new Set(requirements.map(({ id }) => id));
    expect([...checked].filter((id) => !known.has(id))).toEqual([]);
  });

  test("has unique titles", () => {
    expect(duplicates(cases.map(({ title }) => title))).toEqual([]);
  });

  test.each(faults.map(({ name, detectedBy }) => [name, detectedBy]))(
    "has a case to detect a server that %s",
    (_, detectedBy) => {
      expect(cases.map(({ title }) => title)).toContain(detectedBy);
    },
  );
});
