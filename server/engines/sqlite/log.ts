import type {
  Appended,
  AppendOptions,
  Batch,
  Clock,
  Entry,
  Fence,
  Head,
  Position,
} from "../../room/ports.js";
import { PositionLost } from "../../room/ports.js";
import { keyTtlDefaultMs, trimsPerAppend } from "../limits.js";
import { startAfter } from "../position.js";
import type { SteadyClock } from "../steady-clock.js";
import type { Database, Row } from "./database.js";
import { checksumOf, endOfDamage, preparePage, readSound } from "./events.js";
import type { State } from "./state.js";

/** Events that one batch trims at most, so that a lowered limit does not block the room. */
const trimsPerBatch = 2000;

export interface SqliteLog {
  /** Only inside a batch. `erase`: checked, see numbersToErase. */
  append(data: Uint8Array, options?: AppendOptions): Appended;
  /** Only inside a batch, as its last step: drops the events beyond the count, and the expired among the oldest. */
  trim(): void;
  /** Ends before the first damaged event; throws PositionLost if that is the first one wanted. */
  read(after: Position | null, limit: number): Batch;
  head(): Head;
  /** Whether there are expired events or keys to drop. */
  isStale(): boolean;
  /** Only inside a batch: drops some of them. */
  forget(): void;
}

interface Settings {
  readonly database: Database;
  readonly state: State;
  readonly clock: Clock;
  readonly maxEvents: number;
  readonly maxKept: number;
  readonly steady: SteadyClock;
  /** Called with the numbers that an append erases, before it appends. */
  readonly onErase: (seqs: readonly number[]) => void;
  /** Called with every event appended; its batch is not committed yet. */
  readonly onAppend: (entry: Entry & Position) => void;
  /** Called with the first and the last number of events that were found damaged or missing. */
  readonly onDamage: (first: number, last: number) => void;
  /** Checks the fence and applies its `then`; returns the new token of a renewal. Throws Fenced. */
  readonly pass: (fence: Fence) => number | undefined;
}

export function createSqliteLog(settings: Settings): SqliteLog {
  const { database, state, clock, steady, maxEvents, maxKept, onAppend, onDamage, onErase, pass } = settings;
  const page = preparePage(database);
  const insert = database.prepare("insert into event (seq, at, data, crc, notice) values (?, ?, ?, ?, ?)");
  const seen = database.prepare("select epoch, seq, at, tag from seen where key = ? and until > ?");
  const remember = database.prepare(
    "insert or replace into seen (key, epoch, seq, at, until, tag) values (?, ?, ?, ?, ?, ?)",
  );
  const oldest = database.prepare("select seq, at from event order by seq limit ?");
  const countedAt = database.prepare(
    "select seq from event where notice is null and seq < ? order by seq limit 1 offset ?",
  );
  const noticesUpTo = database.prepare(
    "select count(*) as count from event where notice is not null and seq <= ?",
  );
  const deleteUpTo = database.prepare("delete from event where seq <= ?");
  const anyExpired = database.prepare("select 1 as found from seen where until <= ? limit 1");
  const forgetSome = database.prepare(
    "delete from seen where key in (select key from seen where until <= ? limit 1000)",
  );

  const head = (): Head => ({ epoch: state.epoch, first: state.first, last: state.last });
  const kept = () => state.last - state.first + 1;
  /** How many of the events that count are too many. */
  const surplus = () => kept() - state.notices - maxEvents;

  /** Number up to which the oldest events are too many, as far as one batch may trim; below the first: none are. */
  function surplusUpTo(): number {
    const before = state.first - 1;
    const farthest = before + trimsPerBatch;
    const most = before + Math.max(0, kept() - maxKept);
    return Math.min(farthest, Math.max(most, surplus() > 0 ? countedUpTo(surplus(), farthest) : before));
  }

  /** Number of the `count`-th event that counts, or `farthest` if it is beyond. */
  function countedUpTo(count: number, farthest: number): number {
    if (state.notices === 0) return state.first + count - 1;
    const row = countedAt.get(farthest + 1, count - 1);
    return row ? Number(row.seq) : farthest;
  }

  /** Number up to which the oldest `atMost` events have expired without a younger one between them; 0: none. */
  function expiredUpTo(atMost: number): number {
    const horizon = steady.lastHorizon;
    if (state.oldestAt >= horizon) return 0;
    let upTo = 0;
    for (const row of oldest.all(atMost)) {
      if (Number(row.at) >= horizon) break;
      upTo = Number(row.seq);
    }
    return upTo;
  }

  function dropUpTo(seq: number): void {
    if (seq < state.first) return;
    if (state.notices > 0) state.notices -= Number(noticesUpTo.get(seq)?.count);
    deleteUpTo.run(seq);
    state.first = seq + 1;
    const row = oldest.get(1);
    state.oldestAt = row ? Number(row.at) : Number.POSITIVE_INFINITY;
  }

  /** Damage costs readers what is damaged, and no more: they get a gap and go on after it. */
  function damagedAfter(from: number): PositionLost {
    const to = endOfDamage(page, from + 1, state.last);
    onDamage(from + 1, to);
    return new PositionLost("trimmed", { epoch: state.epoch, seq: to });
  }

  let appended = 0;

  return {
    head,
    append(data, { key, tag = "", keyTtlMs = keyTtlDefaultMs, fence, notice = false, erase = [] } = {}) {
      const known = key === undefined ? undefined : seen.get(key, steady.lastNow);
      if (known) return duplicateOf(known);
      const token = fence && pass(fence);
      if (erase.length > 0) onErase(erase);
      const { epoch } = state;
      const seq = state.last + 1;
      const at = Math.max(state.newestAt, clock.now());
      insert.run(seq, at, data, checksumOf(seq, at, data), notice ? 1 : null);
      if (notice) state.notices++;
      if (key !== undefined) remember.run(key, epoch, seq, at, steady.lastNow + keyTtlMs, tag);
      if (state.first === seq) state.oldestAt = at;
      state.newestAt = at;
      state.last = seq;
      appended++;
      onAppend({ epoch, seq, at, data });
      return { epoch, seq, at, tag, duplicate: false, ...(token !== undefined && { token }) };
    },
    trim() {
      const atMost = Math.min(trimsPerBatch, Math.max(appended, 1) * trimsPerAppend);
      appended = 0;
      dropUpTo(surplusUpTo());
      dropUpTo(expiredUpTo(atMost));
    },
    read(after, limit) {
      const from = startAfter(after, head(), (epoch) => state.ends.get(epoch));
      const { entries } = readSound(page, from, limit);
      if (entries.length === 0 && from < state.last && limit > 0) throw damagedAfter(from);
      return { ...head(), entries };
    },
    isStale: () =>
      surplus() > 0 ||
      kept() > maxKept ||
      state.oldestAt < steady.horizon() ||
      (steady.isTrusted() && anyExpired.get(steady.now()) !== undefined),
    forget() {
      if (steady.isTrusted()) forgetSome.run(steady.lastNow);
      dropUpTo(expiredUpTo(trimsPerBatch));
    },
  };
}

function duplicateOf({ epoch, seq, at, tag }: Row): Appended {
  return { epoch: `${epoch}`, seq: Number(seq), at: Number(at), tag: `${tag ?? ""}`, duplicate: true };
}
