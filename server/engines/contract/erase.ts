import { describe, expect, test } from "vitest";
import { Fenced, MAX_ERASED } from "../../room/ports.js";
import { bytes, fill, hold, readAll, seqs, texts } from "./events.js";
import type { Open } from "./subject.js";

export function erasePromises(open: Open): void {
  describe("L11 erase", () => {
    test("the data of erased entries becomes empty in the step that appends; number and time stay", async () => {
      const { store, clock } = await open();
      await fill(store, 3);
      const before = await readAll(store);
      clock.advance(1000);
      const place = await store.log.append(bytes("erased"), { erase: [1, 3] });
      expect(place).toMatchObject({ seq: 4, duplicate: false });
      const after = await readAll(store);
      expect(texts(after)).toEqual(["", "event 2", "", "erased"]);
      expect(after.slice(0, 3).map(({ seq, at }) => [seq, at])).toEqual(
        before.map(({ seq, at }) => [seq, at]),
      );
      expect(after.map(({ data }) => data.length)).toEqual([0, 7, 0, 6]);
    });

    test("a page begins, ends and goes on at void entries as at any other", async () => {
      const { store } = await open();
      await fill(store, 600);
      const erase = [1, 2, 255, 256, 257, 258, 300, 301, 302, 512, 599, 600];
      await store.log.append(bytes("last"), { erase });
      const { epoch } = await store.log.head();
      const found: (readonly [number, number])[] = [];
      for (let seq = 0; seq < 601; ) {
        const { entries } = await store.log.read({ epoch, seq }, 7);
        expect(seqs(entries)).toEqual(Array.from({ length: Math.min(7, 601 - seq) }, (_, i) => seq + 1 + i));
        found.push(...entries.map((entry) => [entry.seq, entry.data.length] as const));
        seq = found.at(-1)![0];
      }
      expect(found.filter(([, size]) => size === 0).map(([seq]) => seq)).toEqual(erase);
      expect(seqs((await store.log.read({ epoch, seq: 255 }, 1)).entries)).toEqual([256]);
    });

    test("numbers that are void, trimmed, unknown or its own are skipped", async () => {
      const { store } = await open({ maxEvents: 10 });
      await fill(store, 15);
      await store.log.append(bytes("one"), { erase: [10, 10, 0, -1, 1.5, 1, 5, 16, 17, 1e15] });
      await store.log.append(bytes("two"), { erase: [10, 11] });
      expect(texts(await readAll(store))).toEqual([
        "event 8",
        "event 9",
        "",
        "",
        "event 12",
        "event 13",
        "event 14",
        "event 15",
        "one",
        "two",
      ]);
      expect(await store.log.head()).toMatchObject({ first: 8, last: 17 });
    });

    test("a hundred entries are erased at once, and no more", async () => {
      const { store } = await open();
      await fill(store, MAX_ERASED + 1);
      const all = Array.from({ length: MAX_ERASED + 1 }, (_, i) => i + 1);
      await expect(store.log.append(bytes("x"), { erase: all })).rejects.toThrow(RangeError);
      expect(texts(await readAll(store)).filter((data) => data === "")).toEqual([]);
      await store.log.append(bytes("x"), { erase: all.slice(1) });
      expect(texts(await readAll(store))).toEqual(["event 1", ...all.slice(1).map(() => ""), "x"]);
    });

    test("a fenced append erases nothing", async () => {
      const { store } = await open();
      const { name, token } = await hold(store);
      await fill(store, 2);
      const stale = { fence: { name, token: token + 1 }, key: "k", erase: [1] };
      await expect(store.log.append(bytes("x"), stale)).rejects.toThrow(Fenced);
      expect(texts(await readAll(store))).toEqual(["event 1", "event 2"]);
      await store.log.append(bytes("x"), { ...stale, fence: { name, token } });
      expect(texts(await readAll(store))).toEqual(["", "event 2", "x"]);
    });

    test("a duplicate erases nothing further, and the entry is appended once", async () => {
      const { store } = await open();
      await fill(store, 3);
      const first = await store.log.append(bytes("x"), { key: "k", erase: [1] });
      const again = await store.log.append(bytes("y"), { key: "k", erase: [1, 2] });
      expect(again).toEqual({ ...first, duplicate: true });
      expect(texts(await readAll(store))).toEqual(["", "event 2", "event 3", "x"]);
      expect(await store.log.append(bytes("y"), { key: "l", erase: [1, 2] })).toMatchObject({ seq: 5 });
      expect(texts(await readAll(store))).toEqual(["", "", "event 3", "x", "y"]);
    });

    test("an entry of the same turn is erased by one that is appended after it", async () => {
      const { store } = await open();
      await Promise.all([
        store.log.append(bytes("one")),
        store.log.append(bytes("two")),
        store.log.append(bytes("three"), { erase: [1, 2, 3] }),
      ]);
      expect(texts(await readAll(store))).toEqual(["", "", "three"]);
    });

    test("an entry that erases can be erased", async () => {
      const { store } = await open();
      await fill(store, 2);
      await store.log.append(bytes("x"), { erase: [1] });
      await store.log.append(bytes("y"), { erase: [3] });
      expect(texts(await readAll(store))).toEqual(["", "event 2", "", "y"]);
    });

    test("void messages and void notices count as they did, and are trimmed at their turn", async () => {
      const { store } = await open({ maxEvents: 10 });
      const notice = () => store.log.append(bytes("notice"), { notice: true });
      await store.log.append(bytes("first"));
      for (let i = 0; i < 5; i++) await notice();
      await fill(store, 8);
      for (let i = 0; i < 5; i++) await notice();
      // 1 message, 5 notices, 8 messages, 5 notices; all notices but the first and most messages become void.
      const erase = [1, 3, 4, 5, 6, 7, 8, 9, 10, 15, 16, 17, 18, 19];
      await store.log.append(bytes("tenth"), { erase, notice: false });
      expect(await store.log.head()).toMatchObject({ first: 1, last: 20 });
      await store.log.append(bytes("11th"));
      expect(await store.log.head()).toMatchObject({ first: 2, last: 21 });
      await store.log.append(bytes("12th"));
      expect(await store.log.head()).toMatchObject({ first: 8, last: 22 });
      await fill(store, 10);
      expect(await store.log.head()).toMatchObject({ first: 23, last: 32 });
      await notice();
      await fill(store, 10);
      expect(await store.log.head()).toMatchObject({ first: 33, last: 43 });
    });

    test("void entries expire with those around them", async () => {
      const { store, clock } = await open({ maxAgeMs: 3_600_000 });
      await fill(store, 4);
      clock.advance(3_000_000);
      await fill(store, 2);
      await store.log.append(bytes("x"), { erase: [1, 4, 5] });
      clock.advance(610_000);
      await expect.poll(store.log.head).toMatchObject({ first: 5, last: 7 });
      clock.advance(3_600_000);
      await expect.poll(store.log.head).toMatchObject({ first: 8, last: 7 });
      await fill(store, 2);
      expect(texts(await readAll(store))).toEqual(["event 1", "event 2"]);
    });

    test("everything can be void", async () => {
      const { store } = await open({ maxEvents: 10 });
      await fill(store, 10);
      await store.log.append(bytes("x"), { erase: Array.from({ length: 10 }, (_, i) => i + 1) });
      await store.log.append(bytes("y"), { erase: [11] });
      await store.log.append(bytes("z"), { erase: [12] });
      expect(texts(await readAll(store))).toEqual([...Array(9).fill(""), "z"]);
      expect(await store.log.head()).toMatchObject({ first: 4, last: 13 });
    });
  });
}
