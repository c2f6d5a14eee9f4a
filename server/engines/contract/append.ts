import { describe, expect, test } from "vitest";
import type { Entry, Position } from "../../room/ports.js";
import { Fenced, Unavailable } from "../../room/ports.js";
import { bytes, fill, hold, readAll, seqs, text, texts } from "./events.js";
import type { Open } from "./subject.js";

const fiveMinutesMs = 300_000;

export function appendPromises(open: Open): void {
  describe("L1 order", () => {
    test("events appended at once are numbered from 1 without gaps, in the order of the calls", async () => {
      const { store } = await open();
      const places = await Promise.all(
        Array.from({ length: 1500 }, (_, i) => store.log.append(bytes(`${i}`))),
      );
      expect(places.map((place) => place.seq)).toEqual(Array.from({ length: 1500 }, (_, i) => i + 1));
      expect(texts(await readAll(store))).toEqual(Array.from({ length: 1500 }, (_, i) => `${i}`));
    });

    test("any bytes are read back unchanged, including zeros", async () => {
      const { store } = await open();
      const given = [new Uint8Array(1), new Uint8Array(9), Uint8Array.from({ length: 256 }, (_, i) => i)];
      for (const data of given) await store.log.append(data);
      const entries = await readAll(store);
      expect(entries.map((entry) => [...entry.data])).toEqual(given.map((d) => [...d]));
    });
  });

  describe("L2 durable, then visible", () => {
    test("an event is hinted once it can be read, and before its append resolves", async () => {
      const { store } = await open();
      const order: string[] = [];
      let readAtHint: Promise<readonly Entry[]> | undefined;
      await store.log.watch((entry) => {
        order.push(`hint ${entry?.seq}`);
        readAtHint = readAll(store);
      });
      await store.log.append(bytes("hello")).then((place) => order.push(`resolved ${place.seq}`));
      if (store.shared) await expect.poll(() => order.toSorted()).toEqual(["hint 1", "resolved 1"]);
      else expect(order).toEqual(["hint 1", "resolved 1"]);
      expect(texts(await readAtHint!)).toEqual(["hello"]);
    });
  });

  describe("L3 key", () => {
    test("a repeated key returns the first position and time, marked as a duplicate, whatever the content", async () => {
      const { store, clock } = await open();
      const first = await store.log.append(bytes("one"), { key: "k" });
      clock.advance(1000);
      const again = await store.log.append(bytes("other"), { key: "k" });
      expect(first.duplicate).toBe(false);
      expect(again).toEqual({ ...first, duplicate: true });
      expect(texts(await readAll(store))).toEqual(["one"]);
    });

    test("a repeated key returns the first tag, whatever its own; without one it is empty", async () => {
      const { store } = await open();
      const first = await store.log.append(bytes("one"), { key: "k", tag: "first.tag_1" });
      const again = await store.log.append(bytes("one"), { key: "k", tag: "another" });
      expect([first.tag, again]).toEqual(["first.tag_1", { ...first, duplicate: true }]);
      await store.log.append(bytes("two"), { key: "untagged" });
      const untagged = await store.log.append(bytes("two"), { key: "untagged", tag: "late" });
      expect(untagged).toMatchObject({ tag: "", duplicate: true });
    });

    test("the same key twice at once is appended once and hinted once", async () => {
      const { store } = await open();
      const hints: (number | undefined)[] = [];
      await store.log.watch((entry) => void hints.push(entry?.seq));
      const both = await Promise.all(
        [1, 2].map((tag) => store.log.append(bytes("x"), { key: "k", tag: `${tag}` })),
      );
      expect(both.map((place) => [place.seq, place.tag, place.duplicate])).toEqual([
        [1, "1", false],
        [1, "1", true],
      ]);
      await expect.poll(() => hints).toEqual([1]);
    });

    test("a key is remembered for five minutes, or as long as the append asks", async () => {
      const { store, clock } = await open();
      await store.log.append(bytes("short"), { key: "short", keyTtlMs: 1000 });
      await store.log.append(bytes("usual"), { key: "usual" });
      clock.advance(1001);
      expect(await store.log.append(bytes("short"), { key: "short" })).toMatchObject({ duplicate: false });
      clock.advance(fiveMinutesMs - 2000);
      expect(await store.log.append(bytes("usual"), { key: "usual" })).toMatchObject({ duplicate: true });
      clock.advance(1000);
      expect(await store.log.append(bytes("usual"), { key: "usual" })).toMatchObject({ duplicate: false });
    });

    test("a known key returns its position even if the name has been lost since", async () => {
      const { store } = await open();
      const { name, token } = await hold(store);
      const first = await store.log.append(bytes("x"), { key: "k", fence: { name, token } });
      await store.names.release(name, token);
      const again = await store.log.append(bytes("x"), { key: "k", fence: { name, token } });
      expect(again).toEqual({ ...first, duplicate: true });
    });

    test("a key of a fenced append is not remembered", async () => {
      const { store } = await open();
      const fence = { name: "ada", token: 1 };
      await expect(store.log.append(bytes("x"), { key: "k", fence })).rejects.toThrow(Fenced);
      expect(await store.log.append(bytes("x"), { key: "k" })).toMatchObject({ seq: 1, duplicate: false });
    });
  });

  describe("L4 fence", () => {
    test("the holder's token permits an append; another token, or a free name, does not", async () => {
      const { store } = await open();
      const { name, token } = await hold(store);
      expect(await store.log.append(bytes("x"), { fence: { name, token } })).toMatchObject({ seq: 1 });
      for (const then of [undefined, "announce", "release", "renew"] as const) {
        const step = then ? { then } : {};
        for (const fence of [
          { name, token: token + 1, ...step },
          { name: "bob", token, ...step },
        ]) {
          await expect(store.log.append(bytes("y"), { fence })).rejects.toThrow(Fenced);
        }
      }
      expect(seqs(await readAll(store))).toEqual([1]);
      expect(await store.names.find(name)).toMatchObject({ token, announced: false });
    });

    test("announcing appends the event and marks the claim in one step", async () => {
      const { store } = await open();
      const { name, token } = await hold(store);
      await store.log.append(bytes("joined"), { fence: { name, token, then: "announce" } });
      expect(await store.names.find(name)).toMatchObject({ token, announced: true });
    });

    test("a claim is announced once, also when the key of that is forgotten", async () => {
      const { store, clock } = await open();
      const { name, token } = await hold(store);
      const announce = { key: "joined", keyTtlMs: 1000, fence: { name, token, then: "announce" } } as const;
      const first = await store.log.append(bytes("joined"), announce);
      expect(await store.log.append(bytes("joined"), announce)).toEqual({ ...first, duplicate: true });
      clock.advance(1001);
      await expect(store.log.append(bytes("joined"), announce)).rejects.toThrow(Fenced);
      expect(texts(await readAll(store))).toEqual(["joined"]);
    });

    test("releasing appends the event and frees the name; of two at once one wins", async () => {
      const { store } = await open();
      const { name, token } = await hold(store);
      const fence = { name, token, then: "release" } as const;
      const both = await Promise.allSettled([
        store.log.append(bytes("left"), { fence }),
        store.log.append(bytes("left"), { fence }),
      ]);
      expect(both.map((result) => result.status)).toEqual(["fulfilled", "rejected"]);
      expect(await store.names.find(name)).toBeNull();
      expect(texts(await readAll(store))).toEqual(["left"]);
    });

    test("renewing appends the event and replaces the token in one step", async () => {
      const { store } = await open();
      const { name, token } = await hold(store);
      const fence = { name, token, then: "renew" } as const;
      const renewed = await store.log.append(bytes("toggle"), { key: "k", fence });
      expect(renewed.token).toBeGreaterThan(token);
      expect(await store.names.find(name)).toMatchObject({ token: renewed.token, visit: token, live: true });
      await expect(store.log.append(bytes("x"), { fence: { name, token } })).rejects.toThrow(Fenced);
      const again = await store.log.append(bytes("toggle"), { key: "k", fence });
      expect(again).toMatchObject({ seq: 1, duplicate: true });
      expect(again.token).toBeUndefined();
      await store.log.append(bytes("y"), { fence: { name, token: renewed.token! } });
      expect(texts(await readAll(store))).toEqual(["toggle", "y"]);
    });

    test("once the lease has ended, only a release still passes", async () => {
      const { store } = await open();
      const { name, token, lease } = await hold(store);
      await store.names.endLease(lease);
      await expect(store.log.append(bytes("x"), { fence: { name, token } })).rejects.toThrow(Fenced);
      const announce = { name, token, then: "announce" } as const;
      await expect(store.log.append(bytes("x"), { fence: announce })).rejects.toThrow(Fenced);
      const renew = { name, token, then: "renew" } as const;
      await expect(store.log.append(bytes("x"), { fence: renew })).rejects.toThrow(Fenced);
      await store.log.append(bytes("left"), { fence: { name, token, then: "release" } });
      expect(texts(await readAll(store))).toEqual(["left"]);
    });

    test("a fenced append does not harm the others of its turn", async () => {
      const { store } = await open();
      const results = await Promise.allSettled([
        store.log.append(bytes("a")),
        store.log.append(bytes("b"), { fence: { name: "ada", token: 1 } }),
        store.log.append(bytes("c")),
      ]);
      expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect(texts(await readAll(store))).toEqual(["a", "c"]);
    });
  });

  describe("L8 watch is a hint", () => {
    test("hints carry the entry and its epoch, in order, until the watch ends", async () => {
      const { store } = await open();
      const hints: ((Entry & Position) | undefined)[] = [];
      const unwatch = await store.log.watch((entry) => void hints.push(entry));
      const { epoch } = await store.log.head();
      const shown = () => hints.map((entry) => entry && [entry.epoch, entry.seq, text(entry.data)]);
      await fill(store, 3);
      await expect.poll(shown).toHaveLength(3);
      await unwatch();
      await fill(store, 1);
      expect(shown()).toEqual([
        [epoch, 1, "event 1"],
        [epoch, 2, "event 2"],
        [epoch, 3, "event 3"],
      ]);
    });
  });

  describe("L9 clock", () => {
    test("an event has the time of the engine's clock", async () => {
      const { store, clock } = await open();
      clock.advance(1234);
      const place = await store.log.append(bytes("x"));
      expect(place.at).toBe(clock.now());
      expect((await readAll(store))[0]?.at).toBe(clock.now());
    });
  });

  describe("L10 outcome", () => {
    test("a closed store rejects calls as not applied", async () => {
      const { store } = await open();
      await store.close();
      const refused = store.log.append(bytes("x"));
      await expect(refused).rejects.toThrow(Unavailable);
      await expect(refused).rejects.toMatchObject({ outcome: "not-applied" });
    });

    test("calls made before closing are completed", async () => {
      const { store } = await open();
      const pending = store.log.append(bytes("x"));
      await store.close();
      expect(await pending).toMatchObject({ seq: 1 });
    });
  });
}
