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
}
