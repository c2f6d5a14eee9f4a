import { describe, expect, test } from "vitest";
import { type Batch, type Position, PositionLost } from "../ports.js";
import { beforeGap, readBack, readKept } from "./read-back.js";

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

describe("a log with damage", () => {
  /** Entries 1..1000 of which some cannot be read: a read ends before them, or is lost if it begins with one. */
  const damaged =
    (...bad: number[]) =>
    async (after: Position, limit: number): Promise<Batch | PositionLost> => {
      const lost = (seq: number): number => (bad.includes(seq + 1) ? lost(seq + 1) : seq);
      if (bad.includes(after.seq + 1))
        return new PositionLost("trimmed", { epoch: "e", seq: lost(after.seq) });
      const seqs = Array.from({ length: limit }, (_, i) => after.seq + 1 + i).filter((seq) => seq <= 1_000);
      const end = seqs.findIndex((seq) => bad.includes(seq));
      const entries = seqs
        .slice(0, end < 0 ? undefined : end)
        .map((seq) => ({ seq, at: 0, data: new Uint8Array() }));
      return { epoch: "e", first: 1, last: 1_000, entries };
    };

  test("is read back to the last gap, and on from before it", async () => {
    const read = damaged(400, 401, 410);
    const { entries } = await readKept(read, { epoch: "e", seq: 300 }, 500);
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 90 }, (_, i) => 411 + i));
    expect((await readKept(read, { epoch: "e", seq: 300 }, 410)).entries).toEqual([]);
    expect(await beforeGap(read, { epoch: "e", seq: 410 }, 0)).toBe(409);
    expect(await beforeGap(read, { epoch: "e", seq: 401 }, 0)).toBe(399);
  });

  test("a gap longer than a page is crossed, and one that reaches the floor ends there", async () => {
    const read = damaged(...Array.from({ length: 700 }, (_, i) => 101 + i));
    expect(await beforeGap(read, { epoch: "e", seq: 800 }, 0)).toBe(100);
    expect(await beforeGap(read, { epoch: "e", seq: 800 }, 200)).toBe(200);
  });
});
