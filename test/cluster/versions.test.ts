/**
 * Servers of two versions on one log, as during an upgrade. There is only one version so far: the newer one is a store that
 * appends what this version does not know.
 */
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { FORMAT } from "../../server/engines/redis/scripts.js";
import { createRedisStore } from "../../server/engines/redis.js";
import { writeRecord } from "../../server/room/log/record.js";
import type { Store } from "../../server/room/ports.js";
import { systemClock, systemIds } from "../../server/system.js";
import { encodeEvent } from "../../server/wire/codec/event.js";
import { check } from "../faults/checker.js";
import { startLoad } from "../faults/load.js";
import { type Cluster, cannotRun, room, startCluster, titled } from "./three-servers.js";

const someMessages = 200;
/** Beyond all kinds of record that there are. */
const unknownKind = 200;
const newerVersion = 9;

async function openNewer({ engine }: Cluster, wantedFormat: number): Promise<Store> {
  const outside = { clock: systemClock, ids: systemIds };
  const knownFormat = FORMAT + 1;
  const store = createRedisStore({
    url: engine.url,
    room,
    maxEvents: 1_000_000,
    knownFormat,
    wantedFormat,
    ...outside,
  });
  await store.open();
  onTestFinished(() => store.close());
  return store;
}

/** A `joined` of this version, with other first bytes. */
function recordOf(change: { readonly version?: number; readonly kind?: number }): Uint8Array {
  const user = { id: systemIds.random(), nickname: "newer", joinTime: 0 };
  const record = writeRecord({ kind: "joined", user }, encodeEvent, systemIds.bytes(8));
  record[0] = change.version ?? record[0]!;
  record[1] = change.kind ?? record[1]!;
  return record;
}

/** Appends records of both kinds until `signal`, one at a time; resolves with their numbers. */
async function appendUnknown(store: Store, signal: AbortSignal): Promise<number[]> {
  const appended: number[] = [];
  while (!signal.aborted) {
    const isNotice = appended.length % 4 < 2;
    const change = appended.length % 2 === 0 ? { kind: unknownKind } : { version: newerVersion };
    appended.push((await store.log.append(recordOf(change), { notice: isNotice })).seq);
    await turn();
  }
  return appended;
}

describe.skipIf(cannotRun)(titled("three servers and a newer one on one redis-server"), () => {
  test("show nobody what they do not know, pass over it, and each warns once", async () => {
    const cluster = await startCluster("--grace", "5s", "--idle", "5s", "--log-level", "warn");
    const newer = await openNewer(cluster, 0);
    const load = await startLoad(cluster.transports, { proxied: true });
    const stopping = new AbortController();
    const appending = appendUnknown(newer, stopping.signal);
    await load.more(someMessages);
    const [one] = cluster.nodes;
    expect(await one.stop("SIGTERM")).toBe(0);
    await load.more(someMessages);
    await one.start();
    await load.more(someMessages);
    stopping.abort();
    const unknown = await appending;
    await load.finish();
    expect(await Promise.all(cluster.nodes.map((node) => node.stop("SIGTERM")))).toEqual([0, 0, 0]);

    const stored = await cluster.stored();
    expect(check({ ...stored, ...load.records })).toEqual([]);
    expect(stored.log.filter(({ kind }) => kind === "unknown").map(({ seq }) => seq)).toEqual(unknown);
    const frames = load.records.feeds.flatMap((feed) => feed.frames);
    expect(frames.filter(({ kind }) => kind === "gap")).toEqual([]);
    const warning = /^.*warn.*the log has events that only a newer version knows.*$/gim;
    const warnings = cluster.nodes.flatMap(({ logged }) =>
      logged().map((text) => text.match(warning)?.length),
    );
    expect(warnings).toEqual([1, 1, 1, 1]);
  });

  test("go on when it raises the stored format, and are refused by it when they start again", async () => {
    const cluster = await startCluster("--grace", "5s", "--idle", "5s");
    const load = await startLoad(cluster.transports, { proxied: true });
    await openNewer(cluster, FORMAT + 1);
    await load.more(someMessages);
    await load.finish();
    const [one, ...others] = cluster.nodes;
    expect(await one.stop("SIGTERM")).toBe(0);
    await expect(one.start()).rejects.toThrow(/was written by a newer parlance-server/);
    expect(one.logged().at(-1)?.trimEnd().split("\n")).toHaveLength(1);
    expect(await one.stop("SIGKILL")).toBe(1);
    await cluster.engine.restart();
    for (const { url } of others)
      await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 30_000 }).toBe(503);
  });
});
