import { describe, expect, test } from "vitest";
import { Fenced } from "../../room/ports.js";
import { bytes, hold } from "./events.js";
import type { Open } from "./subject.js";

export function namePromises(open: Open): void {
  describe("N1 leases", () => {
    test("each lease is new, and one that has ended never lives again", async () => {
      const { store, clock } = await open();
      const lease = await store.names.lease(1000);
      expect(await store.names.lease(1000)).not.toBe(lease);
      clock.advance(999);
      expect(await store.names.renew(lease, 1000)).toBe(true);
      clock.advance(999);
      expect(await store.names.renew(lease, 1000)).toBe(true);
      clock.advance(1000);
      expect(await store.names.renew(lease, 1000)).toBe(false);
      expect(await store.names.renew("never given", 1000)).toBe(false);
    });

    test("a lease ended by its owner is ended, and its claims are dead", async () => {
      const { store } = await open();
      const { lease, name } = await hold(store);
      expect(await store.names.find(name)).toMatchObject({ live: true });
      await store.names.endLease(lease);
      expect(await store.names.renew(lease, 1000)).toBe(false);
      expect(await store.names.find(name)).toMatchObject({ live: false });
    });

    test("a lease runs by the monotonic clock: setting the wall clock does not end it", async () => {
      const { store, clock } = await open();
      const lease = await store.names.lease(1000);
      clock.stepWall(3_600_000);
      expect(await store.names.renew(lease, 1000)).toBe(true);
    });

    test("an endless lease lives as long as the store is open", async () => {
      const { store, clock } = await open();
      const lease = await store.names.lease(Number.POSITIVE_INFINITY);
      clock.advance(24 * 3_600_000);
      expect(await store.names.renew(lease, Number.POSITIVE_INFINITY)).toBe(true);
    });
  });

  describe("N2 one claim a name", () => {
    test("another holder is refused and learns who holds it, whether that claim is live or dead", async () => {
      const { store } = await open();
      const { lease, name, token } = await hold(store, "ada", "h1");
      const other = await store.names.lease(60_000);
      const held = { name, holder: "h1", value: "value", lease, token, visit: token, announced: false };
      expect(await store.names.claim(other, name, "h2", "")).toEqual({
        ok: false,
        held: { ...held, live: true },
      });
      await store.names.endLease(lease);
      expect(await store.names.claim(other, name, "h2", "")).toEqual({
        ok: false,
        held: { ...held, live: false },
      });
    });

    test("of two holders who claim at once one wins", async () => {
      const { store } = await open();
      const lease = await store.names.lease(60_000);
      const both = await Promise.all(
        ["h1", "h2"].map((holder) => store.names.claim(lease, "ada", holder, "")),
      );
      expect(both.map((result) => result.ok)).toEqual([true, false]);
      expect(await store.names.claims()).toHaveLength(1);
    });

    test("a released name is free for another", async () => {
      const { store } = await open();
      const { name, token } = await hold(store, "ada", "h1");
      await store.names.release(name, token);
      expect(await hold(store, "ada", "h2")).toMatchObject({ name });
    });
  });

  describe("N3 taking over", () => {
    test("a first claim begins a visit that is not announced", async () => {
      const { store } = await open();
      const { name, token } = await hold(store);
      expect(await store.names.find(name)).toMatchObject({ visit: token, announced: false, live: true });
    });

    test("the same holder gets a larger token and keeps the visit and the announcement", async () => {
      const { store } = await open();
      const first = await hold(store, "ada", "h1");
      const { name, token } = first;
      await store.log.append(bytes("joined"), { fence: { name, token, then: "announce" } });
      const lease = await store.names.lease(60_000);
      const result = await store.names.claim(lease, "ada", "h1", "new");
      expect(result).toMatchObject({
        ok: true,
        claim: {
          name: "ada",
          holder: "h1",
          value: "new",
          lease,
          visit: first.token,
          announced: true,
          live: true,
        },
      });
      expect(result.ok && result.claim.token).toBeGreaterThan(first.token);
      await expect(
        store.log.append(bytes("late"), { fence: { name: "ada", token: first.token } }),
      ).rejects.toThrow(Fenced);
    });

    test("a new visit after a release has a token larger than all before", async () => {
      const { store } = await open();
      const first = await hold(store);
      await store.names.release(first.name, first.token);
      const second = await hold(store);
      expect(second.token).toBeGreaterThan(first.token);
      expect(await store.names.find("ada")).toMatchObject({ visit: second.token });
    });
  });

  describe("N4 fences of the registry", () => {
    test("claiming on a lease that has ended is fenced", async () => {
      const { store, clock } = await open();
      const lease = await store.names.lease(1000);
      clock.advance(1000);
      await expect(store.names.claim(lease, "ada", "h1", "")).rejects.toThrow(Fenced);
      expect(await store.names.find("ada")).toBeNull();
    });

    test("only the current token releases", async () => {
      const { store } = await open();
      const { name, token } = await hold(store);
      expect(await store.names.release(name, token - 1)).toBe(false);
      expect(await store.names.release("bob", token)).toBe(false);
      expect(await store.names.find(name)).not.toBeNull();
      expect(await store.names.release(name, token)).toBe(true);
      expect(await store.names.release(name, token)).toBe(false);
      expect(await store.names.find(name)).toBeNull();
    });
  });

  test("N5 all claims are listed, each with its own state", async () => {
    const { store } = await open();
    await hold(store, "ada", "h1");
    const { lease } = await hold(store, "bob", "h2");
    await store.names.endLease(lease);
    const claims = (await store.names.claims()).map(({ name, live }) => [name, live]);
    expect(claims.sort()).toEqual([
      ["ada", true],
      ["bob", false],
    ]);
  });
}
