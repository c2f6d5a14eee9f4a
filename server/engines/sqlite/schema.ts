import { StoreRefused } from "../store-refused.js";
import type { Database } from "./database.js";
import { rollBack } from "./database.js";

/** "PRLN", at offset 68 of the file's header: distinguishes a Parlance store from other SQLite files. */
export const applicationId = 0x50524c4e;

/**
 * Step n migrates a file from schema n to schema n + 1; `user_version` counts the steps taken. A released step never
 * changes.
 */
export const steps: readonly string[] = [
  `
  create table meta (
    id integer primary key check (id = 1),
    epoch text not null,     -- the current one
    last integer not null,   -- number of the newest event, kept or not
    counter integer not null -- newest token or version
  );
  create table epoch (
    id integer primary key autoincrement,
    epoch text not null unique,
    upto integer not null    -- its last number
  );
  create table event (
    seq integer primary key,
    at integer not null,     -- ms since 1970
    data blob not null
  );
  create table seen (
    key text primary key,
    epoch text not null,
    seq integer not null,
    at integer not null,
    until integer not null   -- ms since 1970
  ) without rowid;
  create index seen_until on seen (until);
  create table claim (
    name text primary key,
    holder text not null,
    value text not null,
    lease text not null,
    token integer not null,
    visit integer not null,
    announced integer not null
  ) without rowid;
  create table kv (
    key text primary key,
    version integer not null,
    value blob not null,
    until integer            -- ms since 1970; null: no end
  ) without rowid;
  create index kv_until on kv (until) where until is not null;
  insert into meta values (1, '', 0, 0);
  `,
  // See checksumOf in events.ts; null: written before there were checksums.
  "alter table event add column crc integer",
  `
  alter table event add column notice integer; -- 1: does not count against the number of events kept; otherwise null
  create index event_notice on event (seq) where notice is not null;
  `,
  "alter table seen add column tag text", // null: remembered before there were tags
  `
  alter table claim add column skeleton text; -- null: claimed before there were skeletons, until it is claimed again
  create unique index claim_skeleton on claim (skeleton) where skeleton is not null;
  `,
  `
  alter table event add column void integer; -- 1: erased, data is as many zeros; otherwise null
  alter table meta add column unclean integer; -- 1: what was erased may have a copy that only a vacuum removes; otherwise null
  `,
];

/** Migrates the file to the newest schema in one transaction. Throws StoreRefused if its schema is newer. */
export function migrate(database: Database, path: string, to: readonly string[] = steps): void {
  const version = Number(database.prepare("pragma user_version").get()?.user_version);
  refuseNewer(path, version, to.length);
  if (version === to.length) return;
  database.exec("begin immediate");
  try {
    for (const step of to.slice(version)) database.exec(step);
    database.exec(`pragma user_version = ${to.length}`);
    database.exec("commit");
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

export function refuseNewer(path: string, version: number, known = steps.length): void {
  if (version <= known) return;
  throw new StoreRefused(
    `${path} was written by a newer parlance-server (its schema is ${version}, this one knows ${known})`,
  );
}
