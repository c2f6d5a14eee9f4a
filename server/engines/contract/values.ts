import { describe, expect, test } from "vitest";
import { bytes, text } from "./events.js";
import type { Open } from "./subject.js";

export function valuePromises(open: Open): void {
  describe("V1 values", () => {
    test("a value is read back with its version, which grows with every put", async () => {
      const { store } = await open();
      expect(await store.values.get("k")).toBeNull();
      const first = await store.values.put("k", bytes("one"));
      const second = await store.values.put("k", bytes("two"));
      expect(first).toBeGreaterThan(0);
      expect(second).toBeGreaterThan(first!);
      const found = await store.values.get("k");
      expect(found && [found.version, text(found.value)]).toEqual([second, "two"]);
    });

    test("with ifVersion the value is set only if no other put came first", async () => {
      const { store } = await open();
      const first = await store.values.put("k", bytes("one"), { ifVersion: 0 });
      expect(await store.values.put("k", bytes("two"), { ifVersion: 0 })).toBeNull();
      expect(await store.values.put("k", bytes("two"), { ifVersion: first! + 1 })).toBeNull();
      const race = await Promise.all(
        ["a", "b"].map((value) => store.values.put("k", bytes(value), { ifVersion: first! })),
      );
      expect(race.map((version) => version === null)).toEqual([false, true]);
      expect(text((await store.values.get("k"))!.value)).toBe("a");
    });

    test("a deleted key is absent, and its next version is larger still", async () => {
      const { store } = await open();
      const first = await store.values.put("k", bytes("one"));
      await store.values.delete("k");
      expect(await store.values.get("k")).toBeNull();
      expect(await store.values.put("k", bytes("two"), { ifVersion: 0 })).toBeGreaterThan(first!);
    });

    test("several keys are deleted at once, whether they exist or not", async () => {
      const { store } = await open();
      for (const key of ["a", "b", "c"]) await store.values.put(key, bytes(key));
      await store.values.delete("a", "missing", "c");
      const found = await Promise.all(["a", "b", "c"].map((key) => store.values.get(key)));
      expect(found.map((value) => value && text(value.value))).toEqual([null, "b", null]);
    });

    test("a value past its time reads as absent, and a put without one lets it stay", async () => {
      const { store, clock } = await open();
      await store.values.put("short", bytes("x"), { ttlMs: 1000 });
      await store.values.put("kept", bytes("x"), { ttlMs: 1000 });
      await store.values.put("kept", bytes("y"));
      clock.advance(999);
      expect(await store.values.get("short")).not.toBeNull();
      clock.advance(1);
      expect(await store.values.get("short")).toBeNull();
      expect(await store.values.put("short", bytes("again"), { ifVersion: 0 })).toBeGreaterThan(0);
      clock.advance(3_600_000);
      expect(text((await store.values.get("kept"))!.value)).toBe("y");
    });

    test("a wall clock that jumps ends no value and forgets no key, whether it comes back or not", async () => {
      const { store, clock } = await open();
      // A shared engine has no monotonic clock.
      if (store.shared) return;
      const month = 31 * 24 * 3_600_000;
      await store.values.put("session", bytes("x"), { ttlMs: 30 * 24 * 3_600_000 });
      const first = await store.log.append(bytes("x"), { key: "k" });
      for (const stepMs of [month, -month, -month, month]) {
        clock.stepWall(stepMs);
        clock.advance(20_000);
        expect(await store.values.get("session")).not.toBeNull();
        expect(await store.log.append(bytes("x"), { key: "k" })).toEqual({ ...first, duplicate: true });
      }
    });
  });

  describe("V2 list", () => {
    const keys = (found: readonly { readonly key: string }[]) => found.map(({ key }) => key);

    test("values are listed in the order of their keys, with their versions, page by page", async () => {
      const { store } = await open();
      const versions = new Map<string, number | null>();
      for (const i of [7, 3, 9, 1, 5, 2, 8, 4, 6])
        versions.set(`ban:${i}`, await store.values.put(`ban:${i}`, bytes(`${i}`)));
      for (const other of ["ban", "ban;", "bam:5", "bao:5", "invite:1"])
        await store.values.put(other, bytes("other"));
      const found: (readonly [string, number, string])[] = [];
      for (let after = ""; ; ) {
        const page = await store.values.list("ban:", after, 4);
        found.push(...page.map(({ key, version, value }) => [key, version, text(value)] as const));
        if (page.length < 4) break;
        after = page.at(-1)!.key;
      }
      expect(found).toEqual(
        Array.from({ length: 9 }, (_, i) => [`ban:${i + 1}`, versions.get(`ban:${i + 1}`), `${i + 1}`]),
      );
      expect(await store.values.list("ban:", "ban:9", 4)).toEqual([]);
      expect(await store.values.list("none:", "", 4)).toEqual([]);
      expect(keys(await store.values.list("ban:", "a", 2))).toEqual(["ban:1", "ban:2"]);
      expect(await store.values.list("ban:", "bb", 2)).toEqual([]);
      expect(keys(await store.values.list("", "", 100))).toHaveLength(14);
      expect(await store.values.list("ban:", "", 0)).toEqual([]);
    });

    test("the order is that of UTF-8, and a prefix is a prefix whatever its characters", async () => {
      const { store } = await open();
      const ordered = [
        "%",
        "%_",
        "[a",
        "_",
        "a",
        "a\u0000b",
        "a b",
        "z",
        "\u00e9",
        "\u4e2d",
        "\uffee",
        "\u{1f600}",
        "\u{10ffff}x",
      ];
      for (const key of ordered.toReversed()) await store.values.put(key, bytes(key));
      expect(keys(await store.values.list("", "", 100))).toEqual(ordered);
      for (const [i, key] of ordered.entries())
        expect(keys(await store.values.list("", key, 1))).toEqual(ordered.slice(i + 1, i + 2));
      expect(keys(await store.values.list("%", "", 9))).toEqual(["%", "%_"]);
      expect(keys(await store.values.list("_", "", 9))).toEqual(["_"]);
      expect(keys(await store.values.list("a", "", 9))).toEqual(["a", "a\u0000b", "a b"]);
      expect(keys(await store.values.list("\u{10ffff}", "", 9))).toEqual(["\u{10ffff}x"]);
    });

    test("deleted and expired values are not listed, and a page is full without them", async () => {
      const { store, clock } = await open();
      for (let i = 10; i < 40; i++)
        await store.values.put(
          `k${i}`,
          bytes("x"),
          i % 3 === 0 ? {} : { ttlMs: i % 3 === 1 ? 1000 : 60_000 },
        );
      await store.values.put("k13", bytes("kept"));
      await store.values.put("k15", bytes("short"), { ttlMs: 1000 });
      await store.values.delete("k12", "k14", "missing");
      expect(await store.values.list("k", "", 100)).toHaveLength(28);
      clock.advance(1000);
      const kept = [11, 13, 17, 18, 20, 21, 23, 24, 26, 27, 29, 30, 32, 33, 35, 36, 38, 39].map(
        (i) => `k${i}`,
      );
      expect(keys(await store.values.list("k", "", 100))).toEqual(kept);
      expect(keys(await store.values.list("k", "k12", 5))).toEqual(kept.slice(1, 6));
      clock.advance(60_000);
      const endless = kept.filter((key) => Number(key.slice(1)) % 3 === 0 || key === "k13");
      await expect.poll(async () => keys(await store.values.list("k", "", 100))).toEqual(endless);
      await store.values.put("k12", bytes("again"));
      expect(keys(await store.values.list("k", "", 2))).toEqual(["k12", "k13"]);
    });

    test("what is not put or deleted meanwhile is listed once, whatever else is", async () => {
      const { store } = await open();
      for (let i = 0; i < 60; i++) await store.values.put(`k${100 + 2 * i}`, bytes("x"));
      const found: string[] = [];
      for (let after = ""; ; ) {
        const page = await store.values.list("k", after, 7);
        found.push(...keys(page));
        if (page.length < 7) break;
        after = page.at(-1)!.key;
        await store.values.put(`${after}b`, bytes("new"));
        await store.values.put("k000", bytes("new"));
        await store.values.delete(after);
      }
      expect(found.filter((key) => !key.endsWith("b"))).toEqual(
        Array.from({ length: 60 }, (_, i) => `k${100 + 2 * i}`),
      );
      expect(new Set(found).size).toBe(found.length);
    });
  });
}
