import { describe, expect, test } from "vitest";
import { type ClaimOptions, Fenced, Gone } from "../../room/ports.js";
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
      // A shared engine has no monotonic clock.
      if (store.shared) return;
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

  describe("N2 one claim a skeleton", () => {
    test("a name that looks like a claimed one is refused, and its claimant learns of that claim", async () => {
      const { store } = await open();
      const lease = await store.names.lease(60_000);
      const claim = (name: string, holder: string, skeleton: string) =>
        store.names.claim(lease, name, holder, "", { skeleton });
      const first = await claim("coco", "h1", "shape");
      expect(first).toMatchObject({ ok: true, claim: { name: "coco", skeleton: "shape" } });
      expect(await claim("сосо", "h2", "shape")).toMatchObject({ ok: false, held: { name: "coco" } });
      expect(await store.names.find("сосо")).toBeNull();
      expect(await claim("caca", "h2", "other")).toMatchObject({ ok: true });
      expect(await claim("coco", "h1", "shape")).toMatchObject({ ok: true });
    });

    test("of two look-alikes at once one wins", async () => {
      const { store } = await open();
      const lease = await store.names.lease(60_000);
      const names = ["coco", "сосо"];
      const both = await Promise.all(
        names.map((name) => store.names.claim(lease, name, `of ${name}`, "", { skeleton: "shape" })),
      );
      expect(both.map(({ ok }) => ok)).toEqual([true, false]);
    });

    test("a skeleton is kept by a claim without one, and freed with its name, however that is freed", async () => {
      const { store } = await open();
      const lease = await store.names.lease(60_000);
      const claim = async (name: string, holder: string, options?: ClaimOptions) => {
        const result = await store.names.claim(lease, name, holder, "", options);
        return result.ok ? result.claim.token : undefined;
      };
      await claim("coco", "h1", { skeleton: "shape" });
      const token = (await claim("coco", "h1"))!;
      expect(await store.names.find("coco")).toMatchObject({ skeleton: "shape" });
      expect(await claim("сосо", "h2", { skeleton: "shape" })).toBeUndefined();
      await store.names.release("coco", token);
      const next = (await claim("сосо", "h2", { skeleton: "shape" }))!;
      await store.log.append(bytes("left"), { fence: { name: "сосо", token: next, then: "release" } });
      expect(await claim("coco", "h3", { skeleton: "shape" })).toBeGreaterThan(next);
    });
  });

  describe("N3 taking over", () => {
    test("a name that has been released is not taken over, but claimed", async () => {
      const { store } = await open();
      const { lease, name, token } = await hold(store);
      const again = () => store.names.claim(lease, name, "h1", "", { again: true });
      expect(await again()).toMatchObject({ ok: true, claim: { visit: token } });
      const other = store.names.claim(lease, name, "h2", "", { again: true });
      expect(await other).toMatchObject({ ok: false, held: { holder: "h1" } });
      await store.names.release(name, (await store.names.find(name))!.token);
      await expect(again()).rejects.toThrow(Gone);
      expect(await store.names.find(name)).toBeNull();
    });

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

  test("N4 an announced claim is released by an append only", async () => {
    const { store } = await open();
    const { name, token } = await hold(store);
    await store.log.append(bytes("joined"), { fence: { name, token, then: "announce" } });
    expect(await store.names.release(name, token)).toBe(false);
    expect(await store.names.find(name)).toMatchObject({ announced: true });
  });

  describe("N8 inspecting a lease", () => {
    test("renews it, and says so once it has ended", async () => {
      const { store, clock } = await open();
      const lease = await store.names.lease(1000);
      clock.advance(999);
      expect(await store.names.inspect(lease, 1000)).toEqual({ renewed: true, lost: [], dead: [] });
      clock.advance(999);
      expect(await store.names.renew(lease, 1000)).toBe(true);
      clock.advance(1000);
      expect(await store.names.inspect(lease, 1000)).toMatchObject({ renewed: false });
    });

    test("names that another lease took over are lost once; those released or taken back are not", async () => {
      const { store } = await open();
      const lease = await store.names.lease(60_000);
      const other = await store.names.lease(60_000);
      for (const name of ["ada", "bob", "cleo"]) await store.names.claim(lease, name, `of ${name}`, "");
      await store.names.claim(other, "ada", "of ada", "");
      await store.names.claim(lease, "bob", "of bob", "");
      await store.names.release("cleo", (await store.names.find("cleo"))!.token);
      expect(await store.names.inspect(lease, 60_000)).toMatchObject({ renewed: true, lost: ["ada"] });
      expect(await store.names.inspect(lease, 60_000)).toMatchObject({ lost: [] });
      expect(await store.names.inspect(other, 60_000)).toMatchObject({ lost: [] });
    });

    test("what an ended lease still holds is dead until it is taken over or released", async () => {
      const { store, clock } = await open();
      const lease = await store.names.lease(60_000);
      const short = await store.names.lease(1000);
      for (const name of ["ada", "bob", "cleo"]) await store.names.claim(short, name, `of ${name}`, name);
      const deadNames = async () => (await store.names.inspect(lease, 60_000)).dead.map(({ name }) => name);
      expect(await deadNames()).toEqual([]);
      clock.advance(1000);
      const { dead } = await store.names.inspect(lease, 60_000);
      expect(dead).toHaveLength(3);
      expect(dead).toContainEqual({ ...(await store.names.find("bob"))!, live: false });
      await store.names.claim(lease, "ada", "of ada", "");
      const { token } = (await store.names.find("bob"))!;
      await store.log.append(bytes("left"), { fence: { name: "bob", token, then: "release" } });
      expect(await deadNames()).toEqual(["cleo"]);
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
