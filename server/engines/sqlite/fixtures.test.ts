import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createManualClock } from "../../../test/support/manual-clock.js";
import { bytes, readAll } from "../contract/events.js";
import { check } from "./maintenance.js";
import { steps } from "./schema.js";
import { openStore, testPath } from "./test-store.js";

const folder = join(import.meta.dirname, "fixtures");

interface Contents {
  readonly schema: number;
  readonly meta: { readonly epoch: string; readonly last: number; readonly counter: number };
  readonly epochs: readonly { readonly epoch: string; readonly upto: number }[];
  readonly events: readonly { readonly seq: number; readonly at: number; readonly data: string }[];
  readonly keys: readonly { readonly key: string; readonly epoch: string; seq: number; at: number }[];
  readonly claims: readonly { readonly name: string; readonly holder: string; readonly announced: 0 | 1 }[];
  readonly values: readonly { readonly key: string; readonly version: number; readonly value: string }[];
}

const contents: Contents = JSON.parse(readFileSync(join(folder, "contents.json"), "utf8"));
/** While every key and value in the files is still valid. */
const openedAt = 1_750_000_200_000;

function copyOf(name: string): string {
  const path = testPath();
  for (const suffix of ["", "-wal"]) {
    const file = join(folder, `${name}.db${suffix}`);
    if (existsSync(file)) copyFileSync(file, `${path}${suffix}`);
  }
  return path;
}

const base64 = (data: Uint8Array | undefined) => data && Buffer.from(data).toString("base64");

describe.each(["closed", "crashed"])("a store that version 0.1.0 left %s", (name) => {
  const opened = async () => {
    const path = copyOf(name);
    const store = await openStore({ path, clock: createManualClock(openedAt) });
    return { path, store };
  };

  test("is sound before it is opened and afterwards, when it has been migrated", async () => {
    const path = copyOf(name);
    const report = {
      schema: contents.schema,
      problems: [],
      events: { first: 8, last: contents.meta.last, count: contents.events.length },
      claims: { held: 2, announced: 1 },
      rememberedKeys: contents.keys.length,
      values: contents.values.length,
    };
    expect(check(path)).toMatchObject({ ...report, epochs: contents.epochs });
    const store = await openStore({ path, clock: createManualClock(openedAt) });
    const { epoch, last } = contents.meta;
    const migrated = { ...report, schema: steps.length, epochs: [...contents.epochs, { epoch, upto: last }] };
    expect(check(path)).toMatchObject(migrated);
    await store.close();
    expect(check(path)).toMatchObject(migrated);
  });

  test("has every event, with its number, time and bytes", async () => {
    const { store } = await opened();
    const events = (await readAll(store)).map(({ seq, at, data }) => ({ seq, at, data: base64(data) }));
    expect(events).toEqual(contents.events);
  });

  test("goes on numbering, in a new epoch in which positions of the older ones stay valid", async () => {
    const { store } = await opened();
    const { epoch, last } = contents.meta;
    const next = await store.log.append(bytes("next"));
    expect(next.seq).toBe(last + 1);
    for (const old of [...contents.epochs, { epoch, upto: last }]) {
      const { entries } = await store.log.read({ epoch: old.epoch, seq: old.upto }, 100);
      expect(entries.map(({ seq }) => seq)).toEqual(
        Array.from({ length: next.seq - old.upto }, (_, i) => old.upto + 1 + i),
      );
      const beyond = { epoch: old.epoch, seq: old.upto + 1 };
      await expect(store.log.read(beyond, 100)).rejects.toMatchObject({ reason: "future" });
    }
  });

  test("returns the first position for every remembered key", async () => {
    const { store } = await opened();
    for (const { key, epoch, seq, at } of contents.keys) {
      const again = await store.log.append(bytes("other"), { key });
      expect([key, again]).toEqual([key, { epoch, seq, at, tag: "", duplicate: true }]);
    }
  });

  test("has every claim, without its lease, and larger tokens for new ones", async () => {
    const { store } = await opened();
    for (const { announced, ...claim } of contents.claims) {
      expect(await store.names.find(claim.name)).toEqual({
        ...claim,
        announced: announced === 1,
        live: false,
      });
    }
    expect(await store.names.claims()).toHaveLength(contents.claims.length);
    const lease = await store.names.lease(60_000);
    expect(await store.names.claim(lease, "ada", "another", "")).toMatchObject({ ok: false });
    const again = await store.names.claim(lease, "ada", "h1", "");
    expect(again).toMatchObject({ ok: true, claim: { visit: 1_000_001, announced: true, live: true } });
    expect(again.ok && again.claim.token).toBeGreaterThan(contents.meta.counter);
  });

  test("has every value, with its version", async () => {
    const { store } = await opened();
    for (const { key, version, value } of contents.values) {
      const found = await store.values.get(key);
      expect([key, found?.version, base64(found?.value)]).toEqual([key, version, value]);
    }
  });
});
