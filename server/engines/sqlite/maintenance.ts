import { existsSync, realpathSync, statSync } from "node:fs";
import type { KeptEvents } from "../check.js";
import { StoreRefused } from "../store-refused.js";
import { type Database, type Row, SqliteError } from "./database.js";
import { preparePage } from "./events.js";
import { createWhole } from "./file/files.js";
import { refuseIrregular } from "./file/paths.js";
import { applicationId } from "./schema.js";
import { inspecting, problems } from "./verify.js";

/** The contents of a store. */
export interface StoreReport {
  readonly path: string;
  readonly schema: number;
  /** One sentence per problem; empty: the store is sound. */
  readonly problems: readonly string[];
  readonly epoch: string;
  readonly events: KeptEvents;
  /** Older epochs and their last numbers, oldest first. */
  readonly epochs: readonly { readonly epoch: string; readonly upto: number }[];
  readonly claims: { readonly held: number; readonly announced: number };
  readonly rememberedKeys: number;
  readonly values: number;
  /** Sizes in bytes. `log`: of the write-ahead log. */
  readonly bytes: { readonly file: number; readonly log: number };
}

/** What `backup` wrote. */
export interface BackupReport {
  readonly target: string;
  readonly epoch: string;
  readonly events: number;
  readonly last: number;
  readonly bytes: number;
}

/**
 * Checks a store, whether or not a server is using it, without changing it. Throws StoreRefused if the file is not a
 * store or too damaged to be read.
 */
export function check(path: string): StoreReport {
  return inspectingStore(path, (database) => {
    database.exec("begin");
    const meta = one(database, "select epoch, last from meta");
    const events = one(
      database,
      "select count(*) as count, min(seq) as first, max(seq) as newest, min(at) as oldestAt, max(at) as newestAt from event",
    );
    const claims = one(database, "select count(*) as held, sum(announced) as announced from claim");
    const epochs = database.prepare("select epoch, upto from epoch order by id").all();
    const last = Number(meta.last);
    const count = Number(events.count);
    const first = count > 0 ? Number(events.first) : last + 1;
    const report = {
      path,
      schema: Number(one(database, "pragma user_version").user_version),
      problems: [
        ...problems(database, "integrity_check"),
        ...damagedEvents(database),
        ...gaps({ first, last, count, newest: count > 0 ? Number(events.newest) : last }),
      ],
      epoch: `${meta.epoch}`,
      events: { first, last, count, oldestAt: time(events.oldestAt), newestAt: time(events.newestAt) },
      epochs: epochs.map((row) => ({ epoch: `${row.epoch}`, upto: Number(row.upto) })),
      claims: { held: Number(claims.held), announced: Number(claims.announced ?? 0) },
      rememberedKeys: Number(one(database, "select count(*) as count from seen").count),
      values: Number(one(database, "select count(*) as count from kv").count),
      bytes: { file: statSync(path).size, log: sizeOf(`${realpathSync(path)}-wal`) },
    };
    database.exec("commit");
    return report;
  });
}

/**
 * Copies a store, as it is at one moment and also while a server is using it, into a new file that only its owner may
 * read. Throws StoreRefused if `target` already exists or `path` is not a store.
 */
export function backup(path: string, target: string): BackupReport {
  createWhole(target, (aside) =>
    inspectingStore(path, (database) => database.prepare("vacuum into ?").run(aside)),
  );
  return inspectingStore(target, (database) => {
    const row = one(database, "select epoch, last, (select count(*) from event) as events from meta");
    return {
      target,
      epoch: `${row.epoch}`,
      events: Number(row.events),
      last: Number(row.last),
      bytes: statSync(target).size,
    };
  });
}

/** `named`: the path that messages give. */
export function inspectingStore<T>(path: string, look: (database: Database) => T, named = path): T {
  if (!existsSync(path)) throw new StoreRefused(`${named} does not exist`);
  refuseIrregular(path);
  try {
    return inspecting(
      path,
      (database) => {
        if (one(database, "pragma application_id").application_id !== applicationId) {
          throw new StoreRefused(`${named} is not a Parlance store`);
        }
        return look(database);
      },
      named,
    );
  } catch (error) {
    if (!(error instanceof SqliteError)) throw error;
    throw new StoreRefused(`${named} cannot be read: ${error.message}`, { cause: error });
  }
}

/** Reads every event. */
function damagedEvents(database: Database): string[] {
  const page = preparePage(database);
  const found: number[] = [];
  for (let after = 0; ; ) {
    const { entries, damaged } = page(after, 256);
    found.push(...damaged);
    const last = entries.at(-1);
    if (!last) break;
    after = last.seq;
  }
  if (found.length === 0) return [];
  const shown = found.slice(0, 10).join(", ");
  const more = found.length > 10 ? `, ... (${found.length} in all)` : "";
  return [`events that are not as they were written: ${shown}${more}`];
}

function gaps(events: { first: number; last: number; count: number; newest: number }): string[] {
  const { first, last, count, newest } = events;
  const found: string[] = [];
  if (count !== newest - first + 1) {
    found.push(`${newest - first + 1 - count} events between ${first} and ${newest} are missing`);
  }
  if (newest !== last) found.push(`the newest event is ${newest}, but ${last} were appended`);
  return found;
}

function one(database: Database, sql: string): Row {
  return database.prepare(sql).get() ?? {};
}

const time = (value: unknown): number | null => (value === null ? null : Number(value));
const sizeOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0);
