import { copyFileSync, existsSync, rmSync, statSync, truncateSync } from "node:fs";
import type { Entry } from "../../room/ports.js";
import { StoreRefused } from "../store-refused.js";
import { Database } from "./database.js";
import type { ReadPage } from "./events.js";
import { checksumOf, hasEventColumn, isDamage, preparePage, readSound } from "./events.js";
import { createWhole, makePrivate, wholeBytes } from "./file/files.js";
import { takeLock } from "./file/lock.js";
import { resolveStore } from "./file/paths.js";
import { inspectingStore } from "./maintenance.js";
import { applicationId, migrate } from "./schema.js";

/** What `salvage` wrote. */
export interface SalvageReport {
  readonly target: string;
  /** Events copied, and how many of them had no checksum. */
  readonly events: number;
  readonly unchecked: number;
  /** Numbers within what the store kept that could not be read as they were written. */
  readonly lost: number;
}

const pageEvents = 256;

/**
 * Copies the events that can be read as they were written from a damaged store into a new one. A log has no holes, so
 * they are numbered anew, in their order and with their times, and the new store has an epoch of its own: clients learn
 * that the store was replaced. Names, sessions and remembered keys are left behind, because they point into the old
 * log. Throws StoreRefused if `target` exists, or if so much is damaged that SQLite finds no table of events.
 */
export function salvage(path: string, target: string): SalvageReport {
  return createWhole(target, (aside) => {
    const copy = new Database(aside);
    try {
      copy.exec(`pragma application_id = ${applicationId}`);
      migrate(copy, target);
      const { events, unchecked, span } = onCopy(path, `${aside}.source`, (source) =>
        inspectingStore(source, (damaged) => copyEvents(damaged, copy), path),
      );
      return { target, events, unchecked, lost: span - events };
    } finally {
      copy.close();
    }
  });
}

/**
 * Calls `use` with a copy of the store that no server is using meanwhile. SQLite refuses a file that was cut off, but
 * not one that is filled up with zeros.
 */
function onCopy<T>(path: string, copy: string, use: (copy: string) => T): T {
  if (!existsSync(path)) throw new StoreRefused(`${path} does not exist`);
  const realPath = resolveStore(path);
  const unlock = takeLock(realPath, Date.now());
  const suffixes = ["", "-wal", "-journal"];
  try {
    for (const suffix of suffixes) {
      rmSync(`${copy}${suffix}`, { force: true });
      makePrivate(`${copy}${suffix}`);
      if (existsSync(`${realPath}${suffix}`)) copyFileSync(`${realPath}${suffix}`, `${copy}${suffix}`);
      else rmSync(`${copy}${suffix}`);
    }
    const whole = wholeBytes(copy);
    if (statSync(copy).size < whole) truncateSync(copy, whole);
    return use(copy);
  } finally {
    unlock();
    for (const suffix of [...suffixes, "-shm"]) rmSync(`${copy}${suffix}`, { force: true });
  }
}

function copyEvents(from: Database, to: Database): { events: number; unchecked: number; span: number } {
  from.exec("begin");
  to.exec("begin");
  const insert = to.prepare("insert into event (seq, at, data, crc, notice, void) values (?, ?, ?, ?, ?, ?)");
  const { first, last } = kept(from);
  const isNotice = noticesOf(from);
  let events = 0;
  let unchecked = 0;
  let newestAt = 0;
  for (const page of soundPages(from, first, last)) {
    for (const { seq, at, data } of page.entries) {
      newestAt = Math.max(newestAt, at);
      const crc = checksumOf(++events, newestAt, data);
      insert.run(events, newestAt, data, crc, isNotice(seq) ? 1 : null, data.length === 0 ? 1 : null);
    }
    unchecked += page.unchecked;
  }
  to.prepare("update meta set last = ?").run(events);
  to.exec("commit");
  return { events, unchecked, span: last - first + 1 };
}

function* soundPages(
  database: Database,
  first: number,
  last: number,
): Generator<{ readonly entries: readonly Entry[]; readonly unchecked: number }> {
  const page: ReadPage = preparePage(database);
  const next = database.prepare("select min(seq) as seq from event where seq >= ?");
  for (let after = first - 1; after < last; ) {
    const found = readSound(page, after, pageEvents);
    const newest = found.entries.at(-1);
    if (newest) {
      yield { entries: found.entries, unchecked: Math.min(found.unchecked, found.entries.length) };
      after = newest.seq;
    } else {
      // Past what is damaged one by one, past what is missing in one step.
      const there = reading(() => next.get(after + 2)?.seq);
      if (there === null) return;
      after = Math.max(after + 1, typeof there === "number" ? there - 1 : 0);
    }
  }
}

/** Where it cannot be read whether an event is a notice, it counts as a message. */
function noticesOf(database: Database): (seq: number) => boolean {
  if (!hasEventColumn(database, "notice")) return () => false;
  const notice = database.prepare("select notice from event where seq = ?");
  return (seq) => reading(() => notice.get(seq)?.notice) === 1;
}

/** The numbers between which events are to be looked for. */
function kept(database: Database): { first: number; last: number } {
  const value = (sql: string) => reading(() => Object.values(database.prepare(sql).get() ?? {})[0]);
  const first = value("select min(seq) from event");
  const last = [value("select max(seq) from event"), value("select last from meta")].filter(
    (found) => typeof found === "number",
  );
  return { first: typeof first === "number" ? first : 1, last: Math.max(0, ...last) };
}

/** Undefined if damage prevents the reading. */
function reading(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
}
