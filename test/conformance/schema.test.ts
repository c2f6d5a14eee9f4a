import { describe, expect, test } from "vitest";
import { faults } from "./broken/faults.js";
import { titleOf } from "./case.js";
import { cases } from "./cases/index.js";
import { schemaComments, sentencesOf } from "./schema.js";
import { unchecked } from "./unchecked.js";

const comments = schemaComments();
const reasons = Object.entries(unchecked).flatMap(([why, list]) =>
  list.map((sentence) => ({ why, sentence })),
);

describe("the conformance suite", () => {
  test.each([...new Set(cases.map(({ sentence }) => sentence))])(
    "checks what the schema says: %s",
    (sentence) => {
      expect(comments.some((comment) => comment.includes(sentence))).toBe(true);
    },
  );

  test("has a case for every sentence of the schema, or says why not", () => {
    const covered = [...cases, ...reasons].map(({ sentence }) => sentence);
    const missing = comments
      .flatMap(sentencesOf)
      .filter((sentence) => !covered.some((part) => sentence.includes(part) || part.includes(sentence)));
    expect([...new Set(missing)]).toEqual([]);
  });

  test("excuses no sentence that the schema does not have", () => {
    const gone = reasons.filter(({ sentence }) => !comments.some((comment) => comment.includes(sentence)));
    expect(gone).toEqual([]);
  });

  test("names no two cases alike", () => {
    const titles = cases.map(titleOf);
    expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([]);
  });

  test.each(faults.map(({ name, breaks }) => [name, breaks]))(
    "has one case for a server that %s",
    (_, breaks) => {
      expect(cases.filter((one) => titleOf(one).includes(breaks))).toHaveLength(1);
    },
  );
});
