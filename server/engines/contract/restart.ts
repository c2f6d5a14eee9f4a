import { expect, test } from "vitest";
import { Fenced } from "../../room/ports.js";
import { bytes, fill, hold, readAll, text, texts } from "./events.js";
import type { Open, Subject } from "./subject.js";

async function restart(subject: Subject) {
  if (!subject.restart) throw new Error("an engine that keeps its data must offer a restart");
  return subject.restart();
}

export function restartPromises(open: Open): void {
  test("L2 every acknowledged event is kept", async () => {
    const subject = await open();
    await fill(subject.store, 700);
    const before = await readAll(subject.store);
    expect(await readAll(await restart(subject))).toEqual(before);
  });

  test("L3 a key is still known, with the place and the tag of the first append", async () => {
    const subject = await open();
    const first = await subject.store.log.append(bytes("x"), { key: "k", tag: "t" });
    const store = await restart(subject);
    expect(await store.log.append(bytes("x"), { key: "k" })).toEqual({ ...first, duplicate: true });
    subject.clock.advance(300_001);
    expect(await store.log.append(bytes("x"), { key: "k" })).toMatchObject({ seq: 2, duplicate: false });
  });

  test("L7 a new epoch begins, numbering goes on, and old positions stay valid", async () => {
    const subject = await open();
    const epochs: string[] = [];
    let store = subject.store;
    for (let round = 0; round < 3; round++) {
      epochs.push((await store.log.head()).epoch);
      await fill(store, 2);
      store = await restart(subject);
    }
    const { epoch } = await store.log.head();
    expect(new Set([...epochs, epoch]).size).toBe(4);
    expect(await store.log.append(bytes("next"))).toMatchObject({ epoch, seq: 7 });
    for (const [round, old] of epochs.entries()) {
      const page = await store.log.read({ epoch: old, seq: 2 * round + 1 }, 100);
      expect(page.epoch).toBe(epoch);
      expect(page.entries[0]?.seq).toBe(2 * round + 2);
      expect(page.entries.at(-1)?.seq).toBe(7);
    }
  });

  test("L7 a position that an old epoch never reached is lost, resuming at that epoch's end", async () => {
    const subject = await open();
    await fill(subject.store, 2);
    const { epoch: old } = await subject.store.log.head();
    const store = await restart(subject);
    await fill(store, 5);
    const { epoch } = await store.log.head();
    const lost = { reason: "future", resume: { epoch, seq: 2 } };
    await expect(store.log.read({ epoch: old, seq: 3 }, 10)).rejects.toMatchObject(lost);
    expect((await store.log.read({ epoch: old, seq: 2 }, 10)).entries).toHaveLength(5);
  });

  test("L7 an old position can be trimmed, and a lost one resumes not before the oldest kept", async () => {
    const subject = await open({ maxEvents: 10 });
    await fill(subject.store, 2);
    const { epoch: old } = await subject.store.log.head();
    const store = await restart(subject);
    await fill(store, 20);
    const resume = { epoch: (await store.log.head()).epoch, seq: 12 };
    await expect(store.log.read({ epoch: old, seq: 1 }, 10)).rejects.toMatchObject({
      reason: "trimmed",
      resume,
    });
    await expect(store.log.read({ epoch: old, seq: 9 }, 10)).rejects.toMatchObject({
      reason: "future",
      resume,
    });
  });

  test("L7 numbering goes on even if nothing was kept", async () => {
    const subject = await open({ maxAgeMs: 1000 });
    await fill(subject.store, 3);
    subject.clock.advance(20_000);
    await expect.poll(subject.store.log.head).toMatchObject({ first: 4, last: 3 });
    const store = await restart(subject);
    expect(await store.log.head()).toMatchObject({ first: 4, last: 3 });
    expect(await store.log.append(bytes("next"))).toMatchObject({ seq: 4 });
    expect(texts(await readAll(store))).toEqual(["next"]);
  });

  test("N6 tokens leap over all that the instance before may have returned, or to the present", async () => {
    const subject = await open();
    const before = await hold(subject.store, "ada");
    const after = await hold(await restart(subject), "bob");
    const leap = Math.max(before.token + 1_000_000, subject.clock.now());
    expect(after.token).toBeGreaterThan(leap);
    expect(after.token).toBeLessThan(leap + 10);
  });

  test("N5 claims are dead, not gone: the name stays held, and its holder takes it over", async () => {
    const subject = await open();
    const { name, token } = await hold(subject.store, "ada", "h1");
    await subject.store.log.append(bytes("joined"), { fence: { name, token, then: "announce" } });
    const store = await restart(subject);
    expect(await store.names.find(name)).toMatchObject({
      holder: "h1",
      visit: token,
      announced: true,
      live: false,
    });
    await expect(store.log.append(bytes("x"), { fence: { name, token } })).rejects.toThrow(Fenced);
    const lease = await store.names.lease(60_000);
    expect(await store.names.claim(lease, name, "h2", "")).toMatchObject({ ok: false });
    const again = await store.names.claim(lease, name, "h1", "");
    expect(again).toMatchObject({ ok: true, claim: { visit: token, announced: true, live: true } });
  });

  test("L11 what was erased stays void, and counts as before", async () => {
    const subject = await open({ maxEvents: 10 });
    for (let i = 0; i < 5; i++) await subject.store.log.append(bytes("notice"), { notice: true });
    await fill(subject.store, 9);
    await subject.store.log.append(bytes("x"), { key: "k", erase: [2, 3, 6, 14] });
    const before = await readAll(subject.store);
    const store = await restart(subject);
    expect(await readAll(store)).toEqual(before);
    expect(before.flatMap(({ seq, data }) => (data.length === 0 ? [seq] : []))).toEqual([2, 3, 6, 14]);
    expect(await store.log.append(bytes("x"), { key: "k" })).toMatchObject({ seq: 15, duplicate: true });
    expect(await store.log.head()).toMatchObject({ first: 1, last: 15 });
    await fill(store, 1);
    expect(await store.log.head()).toMatchObject({ first: 7, last: 16 });
  });

  test("V2 values are listed as before", async () => {
    const subject = await open();
    for (const key of ["b", "a", "c"]) await subject.store.values.put(key, bytes(key));
    const before = await subject.store.values.list("", "", 10);
    expect(before.map(({ key }) => key)).toEqual(["a", "b", "c"]);
    expect(await (await restart(subject)).values.list("", "", 10)).toEqual(before);
  });

  test("V1 values are kept, with their versions and their ends", async () => {
    const subject = await open();
    const version = await subject.store.values.put("k", bytes("x"));
    await subject.store.values.put("short", bytes("x"), { ttlMs: 1000 });
    const store = await restart(subject);
    const found = await store.values.get("k");
    expect(found && [found.version, text(found.value)]).toEqual([version, "x"]);
    expect(await store.values.get("short")).not.toBeNull();
    subject.clock.advance(1000);
    expect(await store.values.get("short")).toBeNull();
    expect(await store.values.put("k", bytes("y"))).toBeGreaterThan(version!);
  });
}
