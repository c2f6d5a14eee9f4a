import { describe, expect, test } from "vitest";
import type { PositionLost } from "../../room/ports.js";
import { bytes, fill, readAll, seqs } from "./events.js";
import type { Open } from "./subject.js";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export function readPromises(open: Open): void {
  describe("L5 read", () => {
    test("pages follow each other without gap or overlap, and the last one is empty", async () => {
      const { store } = await open();
      await fill(store, 600);
      const { epoch } = await store.log.head();
      const pages: number[][] = [];
      for (let seq = 0; ; ) {
        const page = await store.log.read({ epoch, seq }, 256);
        expect(page).toMatchObject({ epoch, first: 1, last: 600 });
        pages.push(seqs(page.entries));
        if (page.entries.length === 0) break;
        seq = page.entries.at(-1)!.seq;
      }
      expect(pages.map((page) => page.length)).toEqual([256, 256, 88, 0]);
      expect(pages.flat()).toEqual(Array.from({ length: 600 }, (_, i) => i + 1));
    });

    test("an empty log keeps first = last + 1 and reads as empty", async () => {
      const { store } = await open();
      expect(await store.log.head()).toMatchObject({ first: 1, last: 0 });
      expect((await store.log.read(null, 10)).entries).toEqual([]);
      const { epoch } = await store.log.head();
      expect((await store.log.read({ epoch, seq: 0 }, 10)).entries).toEqual([]);
    });

    test("a position beyond the head is lost to the future, resuming at the head", async () => {
      const { store } = await open();
      await fill(store, 2);
      const { epoch } = await store.log.head();
      const lost = { reason: "future", resume: { epoch, seq: 2 } } satisfies Partial<PositionLost>;
      await expect(store.log.read({ epoch, seq: 3 }, 10)).rejects.toMatchObject(lost);
    });

    test("a position of an unknown epoch is lost, resuming at the head", async () => {
      const { store } = await open();
      await fill(store, 2);
      const { epoch } = await store.log.head();
      const lost = { reason: "epoch", resume: { epoch, seq: 2 } };
      await expect(store.log.read({ epoch: "of-another-log", seq: 1 }, 10)).rejects.toMatchObject(lost);
    });

    test("a reader overtaken by trimming gets PositionLost, and can go on before the oldest event kept", async () => {
      const { store } = await open({ maxEvents: 10 });
      await fill(store, 25);
      const { epoch } = await store.log.head();
      const lost = { reason: "trimmed", resume: { epoch, seq: 15 } };
      await expect(store.log.read({ epoch, seq: 14 }, 10)).rejects.toMatchObject(lost);
      const page = await store.log.read({ epoch, seq: 15 }, 100);
      expect(seqs(page.entries)).toEqual([16, 17, 18, 19, 20, 21, 22, 23, 24, 25]);
    });
  });

  describe("L6 trim", () => {
    test("only the newest events are kept, counted at the old end", async () => {
      const { store } = await open({ maxEvents: 10 });
      await fill(store, 9);
      expect(await store.log.head()).toMatchObject({ first: 1, last: 9 });
      for (let i = 0; i < 16; i++) await store.log.append(bytes("more"));
      expect(await store.log.head()).toMatchObject({ first: 16, last: 25 });
      expect(seqs(await readAll(store))).toHaveLength(10);
    });

    test("notices evict nothing, whatever their number, and go with the events before and after them", async () => {
      const { store } = await open({ maxEvents: 10 });
      await store.log.append(bytes("first"));
      for (let i = 0; i < 300; i++) await store.log.append(bytes("notice"), { notice: true });
      await fill(store, 9);
      expect(await store.log.head()).toMatchObject({ first: 1, last: 310 });
      expect(await readAll(store)).toHaveLength(310);
      await store.log.append(bytes("eleventh"));
      expect(await store.log.head()).toMatchObject({ first: 2, last: 311 });
      await store.log.append(bytes("twelfth"));
      expect(await store.log.head()).toMatchObject({ first: 303, last: 312 });
      expect(seqs(await readAll(store))).toEqual(Array.from({ length: 10 }, (_, i) => 303 + i));
    });

    test("all events together have a bound, which notices reach first", async () => {
      const { store } = await open({ maxEvents: 10, maxKept: 50 });
      await store.log.append(bytes("first"));
      for (let i = 0; i < 60; i++) await store.log.append(bytes("notice"), { notice: true });
      expect(await store.log.head()).toMatchObject({ first: 12, last: 61 });
      await fill(store, 25);
      expect(await store.log.head()).toMatchObject({ first: 77, last: 86 });
    });

    test("expired events are dropped within ten seconds, even without appends", async () => {
      const { store, clock } = await open({ maxAgeMs: hourMs });
      await fill(store, 50);
      clock.advance(hourMs / 2);
      await fill(store, 1);
      clock.advance(hourMs / 2);
      expect(await store.log.head()).toMatchObject({ first: 1, last: 51 });
      clock.advance(10_000);
      await expect.poll(store.log.head).toMatchObject({ first: 51, last: 51 });
      clock.advance(hourMs);
      await expect.poll(store.log.head).toMatchObject({ first: 52, last: 51 });
      expect(await readAll(store)).toEqual([]);
      expect(await store.log.append(bytes("next"))).toMatchObject({ seq: 52 });
    });

    test("a wall clock that jumps ahead and back loses nothing, and times never decrease", async () => {
      const { store, clock } = await open();
      await fill(store, 40);
      clock.stepWall(31 * dayMs);
      await fill(store, 40);
      clock.advance(30 * 60_000);
      await fill(store, 1);
      clock.stepWall(-31 * dayMs);
      await fill(store, 40);
      clock.advance(60_000);
      const entries = await readAll(store);
      expect(entries).toHaveLength(121);
      const times = entries.map(({ at }) => at);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    });

    test("a younger event is never trimmed before an older one, even if the wall clock was set back", async () => {
      const { store, clock } = await open({ maxAgeMs: hourMs });
      await fill(store, 1);
      clock.stepWall(-2 * hourMs);
      await fill(store, 1);
      clock.stepWall(2 * hourMs);
      clock.advance(10_000);
      expect(seqs(await readAll(store))).toEqual([1, 2]);
    });
  });
}
