import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createManualClock } from "../../../test/support/manual-clock.js";
import { recordObservations } from "../../../test/support/observations.js";
import type { Entry, Store } from "../../room/ports.js";
import { PositionLost } from "../../room/ports.js";
import { bytes, fill, readAll, seqs, text, texts } from "../contract/events.js";
import { Database } from "./database.js";
import { checksumOf } from "./events.js";
import { backup, check } from "./maintenance.js";
import { salvage } from "./salvage.js";
import { openStore, testPath } from "./test-store.js";

/** A closed store of 600 events of 100 bytes, in one file. */
async function writtenStore(): Promise<string> {
  const path = testPath();
  const store = await openStore({ path });
  await Promise.all(Array.from({ length: 600 }, (_, i) => store.log.append(bytes(nth(i + 1)))));
  await store.close();
  return path;
}

const nth = (seq: number) => `event ${seq} `.padEnd(100, ".");

/** Changes the file behind SQLite's back. */
function overwrite(path: string, change: (file: Buffer) => void): void {
  const file = readFileSync(path);
  change(file);
  writeFileSync(path, file);
}

function flip(path: string, seq: number): void {
  overwrite(path, (file) => {
    // SQLite leaves older copies of a row in unused bytes.
    for (let at = file.indexOf(`event ${seq} `); at >= 0; at = file.indexOf(`event ${seq} `, at + 1))
      file[at + 50] = file[at + 50]! ^ 1;
  });
}

/** Zeroes the page of the file in which the event is. Returns the events that were on it. */
function zeroPage(path: string, seq: number): number[] {
  const lost: number[] = [];
  overwrite(path, (file) => {
    const page = file.subarray(Math.floor(file.indexOf(`event ${seq} `) / 4096) * 4096).subarray(0, 4096);
    for (const [, found] of page.toString("latin1").matchAll(/event (\d+) /g)) lost.push(Number(found));
    page.fill(0);
  });
  return lost.toSorted((a, b) => a - b);
}

/** Everything from the oldest on, as a reader gets it that goes on after each gap. */
async function follow(store: Store): Promise<{ entries: Entry[]; gaps: number[] }> {
  const { epoch, first, last } = await store.log.head();
  const entries: Entry[] = [];
  const gaps: number[] = [];
  for (let seq = first - 1; seq < last; ) {
    try {
      const page = await store.log.read({ epoch, seq }, 100);
      expect(page.entries.length).toBeGreaterThan(0);
      entries.push(...page.entries);
      seq = page.entries.at(-1)!.seq;
    } catch (error) {
      expect(error).toBeInstanceOf(PositionLost);
      expect(error).toMatchObject({ reason: "trimmed" });
      seq = (error as PositionLost).resume.seq;
      gaps.push(seq);
    }
  }
  return { entries, gaps };
}

test("a bit that changed is found by a check and by a read, which tells the operator once, and readers go on", async () => {
  const path = await writtenStore();
  flip(path, 250);
  flip(path, 251);
  flip(path, 600);
  expect(check(path).problems).toEqual(["events that are not as they were written: 250, 251, 600"]);
  const { seen, observe } = recordObservations();
  const store = await openStore({ path, observe });
  for (let reader = 0; reader < 3; reader++) {
    const { entries, gaps } = await follow(store);
    expect(gaps).toEqual([251, 600]);
    expect(entries.map(({ data }) => text(data))).toEqual(
      Array.from({ length: 599 }, (_, i) => i + 1)
        .filter((seq) => seq !== 250 && seq !== 251)
        .map(nth),
    );
  }
  expect(seen).toEqual([
    { kind: "store_events_damaged", firstSeq: 250, lastSeq: 251 },
    { kind: "store_events_damaged", firstSeq: 600, lastSeq: 600 },
  ]);
  expect(await store.log.append(bytes("next"))).toMatchObject({ seq: 601 });
});

test("the number and the time of an event are covered by its checksum, bit by bit", () => {
  const [seq, at, data] = [123_456, 1_750_000_000_000, bytes("x")] as const;
  const flips = Array.from({ length: 53 }, (_, bit) => 2 ** bit);
  const flipped = (value: number, bit: number) => value + (Math.floor(value / bit) % 2 === 0 ? bit : -bit);
  const sums = flips.flatMap((bit) => [
    checksumOf(flipped(seq, bit), at, data),
    checksumOf(seq, flipped(at, bit), data),
  ]);
  expect(sums).not.toContain(checksumOf(seq, at, data));
});

test("a page that is lost under the running server costs readers its events, and sends go on", async () => {
  const path = await writtenStore();
  const { seen, observe } = recordObservations();
  const store = await openStore({ path, observe, clock: createManualClock() });
  const lost = zeroPage(path, 300);
  expect(lost.length).toBeGreaterThan(10);
  const { entries, gaps } = await follow(store);
  expect(gaps).toEqual([lost.at(-1)]);
  expect(seqs(entries)).toEqual(
    Array.from({ length: 600 }, (_, i) => i + 1).filter((seq) => !lost.includes(seq)),
  );
  expect(seen).toEqual([{ kind: "store_events_damaged", firstSeq: lost[0], lastSeq: lost.at(-1) }]);
  expect(await store.log.append(bytes("next"))).toMatchObject({ seq: 601 });
});

test("salvage copies what is sound, in order and with its times, into a store that opens and goes on", async () => {
  const path = await writtenStore();
  flip(path, 10);
  const lost = [10, ...zeroPage(path, 300), ...zeroPage(path, 500)];
  const target = testPath();
  const before = readFileSync(path);
  expect(salvage(path, target)).toEqual({
    target,
    events: 600 - lost.length,
    lost: lost.length,
    unchecked: 0,
  });
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(check(target)).toMatchObject({ problems: [], events: { first: 1, count: 600 - lost.length } });
  const store = await openStore({ path: target });
  const kept = Array.from({ length: 600 }, (_, i) => i + 1).filter((seq) => !lost.includes(seq));
  expect(texts(await readAll(store))).toEqual(kept.map(nth));
  expect(await store.log.append(bytes("next"))).toMatchObject({ seq: kept.length + 1 });
});

test("salvage reads the front of a store that was cut off", async () => {
  const path = await writtenStore();
  truncateSync(path, 4096 * 16);
  const target = testPath();
  const { events, lost } = salvage(path, target);
  expect(events).toBeGreaterThan(50);
  expect(events + lost).toBe(600);
  expect(check(target).problems).toEqual([]);
});

test("salvage keeps notices apart from messages, so that the copy retains as many", async () => {
  const path = testPath();
  const store = await openStore({ path });
  await fill(store, 2);
  for (let i = 0; i < 20; i++) await store.log.append(bytes("notice"), { notice: true });
  await store.close();
  const target = testPath();
  expect(salvage(path, target)).toMatchObject({ events: 22, lost: 0 });
  const copy = await openStore({ path: target, maxEvents: 3 });
  await fill(copy, 1);
  expect(await copy.log.head()).toMatchObject({ first: 1, last: 23 });
});

test("salvage refuses a store that a server is using", async () => {
  const path = testPath();
  await fill(await openStore({ path }), 3);
  expect(() => salvage(path, testPath())).toThrow(/^another parlance-server \(process \d+, .*uses /);
});

test("salvage never replaces a file, refuses what is no store, and leaves nothing behind", async () => {
  const path = await writtenStore();
  const target = testPath();
  writeFileSync(target, "precious");
  expect(() => salvage(path, target)).toThrow(`${target} already exists`);
  const other = testPath();
  expect(() => salvage(target, other)).toThrow(/is damaged|is not a Parlance store/);
  expect(() => salvage(`${path}.none`, other)).toThrow("does not exist");
  expect(() => readFileSync(`${other}.partial`)).toThrow("ENOENT");
  expect(readFileSync(target, "utf8")).toBe("precious");
});

test("a backup carries the checksums", async () => {
  const path = await writtenStore();
  const target = testPath();
  backup(path, target);
  flip(target, 5);
  expect(check(target).problems).toEqual(["events that are not as they were written: 5"]);
});

test("a write into a damaged file is refused for good, with one line, and reads go on", async () => {
  const path = await writtenStore();
  const clock = createManualClock();
  const { seen, observe } = recordObservations();
  const database = new Database(path);
  const root = Number(
    database.prepare("select rootpage from sqlite_schema where name = 'kv'").get()?.rootpage,
  );
  database.close();
  const store = await openStore({ path, clock, observe });
  overwrite(path, (file) => file.fill(0xa5, (root - 1) * 4096, root * 4096));
  await expect(store.values.put("k", bytes("x"))).rejects.toMatchObject({ outcome: "unknown" });
  clock.advance(60_000);
  await expect(store.log.append(bytes("x"))).rejects.toThrow(/the file is damaged .*writes are refused/);
  expect(seen.map(({ kind }) => kind)).toEqual(["store_failed"]);
  expect(await readAll(store)).toHaveLength(600);
});

test("a write-ahead log that grows under a snapshot is one warning an hour, until it is small again", async () => {
  const path = testPath();
  const clock = createManualClock();
  const { seen, observe } = recordObservations();
  const store = await openStore({ path, clock, observe });
  await fill(store, 10);
  const reader = new Database(path, { readOnly: true });
  reader.exec("begin");
  reader.prepare("select count(*) from event").get();
  const grow = async () => {
    for (let i = 0; i < 18; i++) await store.values.put("large", new Uint8Array(4 * 2 ** 20));
    clock.advance(1000);
  };
  await grow();
  clock.advance(60_000);
  expect(seen).toEqual([{ kind: "store_log_large", bytes: expect.any(Number) }]);
  clock.advance(3_600_000);
  expect(seen).toHaveLength(2);
  reader.exec("commit");
  reader.close();
  for (let i = 0; i < 3; i++) await store.log.append(bytes("x"));
  clock.advance(1000);
  await grow();
  expect(seen).toHaveLength(2);
});
