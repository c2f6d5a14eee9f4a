import { describe, expect, test } from "vitest";
import { type Batch, type Position, PositionLost } from "../ports.js";
import { readBack, readKept } from "./read-back.js";

/** A log that keeps the entries `first` to `last`, and the pages that were read of it. */
function keeping(first: number, last: number) {
  const pages: [from: number, to: number][] = [];
  return {
    pages,
    page(from: number, to: number) {
      pages.push([from, to]);
      const seqs = Array.from({ length: to - from }, (_, i) => from + 1 + i);
      return seqs.filter((seq) => seq >= first && seq <= last).map((seq) => ({ seq }));
    },
  };
}

describe("reading back", () => {
  test("finds the newest visible entries, oldest first, and the place before them", async () => {
    const { page, pages } = keeping(1, 1_000);
    const isVisible = ({ seq }: { seq: number }) => seq % 100 === 0;
    expect(await readBack({ to: 950, floor: 0, wanted: 4, isVisible, page })).toEqual({
      entries: [{ seq: 600 }, { seq: 700 }, { seq: 800 }, { seq: 900 }],
      from: 599,
      trimmed: false,
    });
    expect(pages).toEqual([
      [694, 950],
      [438, 694],
    ]);
  });

  test("reads nothing when nothing is wanted", async () => {
    const { page, pages } = keeping(1, 10);
    const result = await readBack({ to: 10, floor: 0, wanted: 0, isVisible: () => true, page });
    expect([result, pages]).toEqual([{ entries: [], from: 10, trimmed: false }, []]);
  });

  test("stops at its floor", async () => {
    const { page } = keeping(1, 1_000);
    const result = await readBack({ to: 1_000, floor: 300, wanted: 1, isVisible: () => false, page });
    expect(result).toEqual({ entries: [], from: 300, trimmed: false });
  });

  test("stops at the oldest entry that is kept", async () => {
    const { page } = keeping(9, 12);
    const result = await readBack({ to: 12, floor: 0, wanted: 10, isVisible: ({ seq }) => seq > 10, page });
    expect(result).toEqual({ entries: [{ seq: 11 }, { seq: 12 }], from: 8, trimmed: true });
  });
});

describe("reading what is kept", () => {
  const entry = (seq: number) => ({ seq, at: 0, data: new Uint8Array() });
  const reader =
    (lost: PositionLost) =>
    async (after: Position, limit: number): Promise<Batch | PositionLost> =>
      after.seq < lost.resume.seq
        ? lost
        : {
            epoch: "new",
            first: 1,
            last: 9,
            entries: Array.from({ length: limit + 1 }, (_, i) => entry(after.seq + 1 + i)),
          };

  test("skips the entries that were trimmed", async () => {
    const read = reader(new PositionLost("trimmed", { epoch: "new", seq: 6 }));
    expect(await readKept(read, { epoch: "old", seq: 4 }, 8)).toEqual({
      entries: [entry(7), entry(8)],
      epoch: "new",
    });
    expect((await readKept(read, { epoch: "old", seq: 1 }, 5)).entries).toEqual([]);
  });

  test("finds nothing in a log that lost the position otherwise", async () => {
    const read = reader(new PositionLost("epoch", { epoch: "new", seq: 6 }));
    expect((await readKept(read, { epoch: "old", seq: 4 }, 8)).entries).toEqual([]);
  });
});
