import type { Head } from "../../room/ports.js";
import { leapOver } from "../limits.js";
import type { Database } from "./database.js";

/** How many old epochs are remembered (promise L7). */
export const keptEpochs = 1000;

/** What a connection caches of its file; valid after every commit. */
export interface State extends Head {
  readonly epoch: string;
  first: number;
  last: number;
  /** How many of the events kept are notices. */
  notices: number;
  /** Newest token or version. */
  counter: number;
  /** Time of the oldest event kept, which saves a query while it has not expired. Infinity: none. */
  oldestAt: number;
  /** Time of the newest event kept, as event times never decrease. -Infinity: none. */
  newestAt: number;
  /** Last number of each older epoch. */
  readonly ends: ReadonlyMap<string, number>;
}

/** Closes the file's epoch and begins `epoch`, in one transaction. `nowMs`: wall clock. */
export function beginEpoch(database: Database, epoch: string, nowMs: number): State {
  database.exec("begin immediate");
  const meta = database.prepare("select epoch, last, counter from meta").get();
  const last = Number(meta?.last);
  const counter = leapOver(Number(meta?.counter), nowMs);
  const before = `${meta?.epoch}`;
  if (before) database.prepare("insert into epoch (epoch, upto) values (?, ?)").run(before, last);
  database.exec(`delete from epoch where id <= (select max(id) from epoch) - ${keptEpochs}`);
  database.prepare("update meta set epoch = ?, counter = ?").run(epoch, counter);
  database.exec("commit");
  const oldest = database.prepare("select seq, at from event order by seq limit 1").get();
  const notices = database.prepare("select count(*) as count from event where notice is not null").get();
  const newest = database.prepare("select at from event order by seq desc limit 1").get();
  const ends = database.prepare("select epoch, upto from epoch").all();
  return {
    epoch,
    first: oldest ? Number(oldest.seq) : last + 1,
    last,
    notices: Number(notices?.count),
    counter,
    oldestAt: oldest ? Number(oldest.at) : Number.POSITIVE_INFINITY,
    newestAt: newest ? Number(newest.at) : Number.NEGATIVE_INFINITY,
    ends: new Map(ends.map((row) => [`${row.epoch}`, Number(row.upto)])),
  };
}
