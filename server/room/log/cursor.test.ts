import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCursor, writeCursor } from "./cursor.js";

const epoch = fc.stringMatching(/^[A-Za-z0-9_-]{16}$/);
const seq = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe("a cursor", () => {
  test("round-trips, and is short and URL-safe", () => {
    fc.assert(
      fc.property(epoch, seq, (e, s) => {
        const cursor = writeCursor({ epoch: e, seq: s });
        expect(cursor).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
        expect(readCursor(cursor, "after")).toEqual({ epoch: e, seq: s });
      }),
    );
  });

  test("that is malformed is refused", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
        expect(() => readCursor(text, "before")).toThrow(
          expect.objectContaining({ reason: "CURSOR_INVALID" }),
        );
      }),
    );
  });

  test("beyond 2^53 is refused", () => {
    const beyond = btoa("1.AAAAAAAAAAAAAAAA.9007199254740993");
    expect(() => readCursor(beyond, "after")).toThrow(/CURSOR_INVALID/);
  });
});
