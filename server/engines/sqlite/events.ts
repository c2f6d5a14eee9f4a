import { crc32 } from "node:zlib";
import type { Entry } from "../../room/ports.js";
import type { Database } from "./database.js";
import { resultCode, SqliteError } from "./database.js";

/** In the place of a checksum in a page: the event is void. No checksum is negative. */
const VOID = -1;
const NO_DATA = new Uint8Array();

/**
 * Reading a page as one row is six times as fast as row by row: handing a row to JavaScript costs more than finding it.
 */
const pageSql = (crc: string) => `
  select json_group_array(seq) as seqs, json_group_array(at) as ats, json_group_array(length(data)) as sizes,
    json_group_array(${crc}) as crcs, cast(group_concat(cast(data as text), '') as blob) as bytes
  from (select * from event where seq >= ? order by seq limit ?)`;

export interface Page {
  readonly entries: readonly Entry[];
  /** Numbers of those whose content is not what was written. */
  readonly damaged: readonly number[];
  /** How many have no checksum: they are older than schema 2. */
  readonly unchecked: number;
}

/** Reads the events after a number as they are. The entries of a page share one block of memory. */
export type ReadPage = (after: number, limit: number) => Page;

/**
 * The CRC-32 of an event's bytes, started from its number and time instead of 0, so that these are covered, too: the
 * exclusive or of the upper and lower 32 bits of both.
 */
export function checksumOf(seq: number, at: number, data: Uint8Array): number {
  return crc32(data, (seq ^ (seq / 2 ** 32) ^ at ^ (at / 2 ** 32)) >>> 0);
}

export function preparePage(database: Database): ReadPage {
  const hasColumn = (name: string) => hasEventColumn(database, name);
  const crc = hasColumn("crc") ? "crc" : "null";
  const page = database.prepare(pageSql(hasColumn("void") ? `iif(void = 1, ${VOID}, ${crc})` : crc));
  return (after, limit) => {
    // Seeking `after` itself would touch the page that ends with it, which may be a damaged one.
    const row = page.get(after + 1, limit);
    const seqs = numbers(row?.seqs);
    const ats = numbers(row?.ats);
    const sizes = numbers(row?.sizes);
    const crcs: (number | null)[] = numbers(row?.crcs);
    const bytes = row?.bytes instanceof Uint8Array ? row.bytes : new Uint8Array(0);
    const damaged: number[] = [];
    let unchecked = 0;
    let from = bytes.byteOffset;
    const entries = seqs.map((seq, i) => {
      const size = sizes[i]!;
      const at = ats[i]!;
      const crc = crcs[i];
      const data = new Uint8Array(bytes.buffer, from, size);
      from += size;
      if (crc === VOID) {
        if (!isZero(data)) damaged.push(seq);
        return { seq, at, data: NO_DATA };
      }
      if (crc === null) unchecked++;
      else if (checksumOf(seq, at, data) !== crc) damaged.push(seq);
      return { seq, at, data };
    });
    return { entries, damaged, unchecked };
  };
}

/** Files of older schemas lack some, and `check` and `salvage` do not migrate them. */
export function hasEventColumn(database: Database, name: string): boolean {
  const column = database.prepare("select 1 as found from pragma_table_info('event') where name = ?");
  return column.get(name) !== undefined;
}

/**
 * The sound events after `after` up to the first that is damaged or missing, at most `limit`. Where SQLite cannot read
 * the whole page, a part of it is read.
 */
export function readSound(page: ReadPage, after: number, limit: number): Page {
  let found: Page;
  try {
    found = page(after, limit);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return limit <= 1
      ? { entries: [], damaged: [after + 1], unchecked: 0 }
      : readSound(page, after, limit >> 1);
  }
  const { entries, damaged } = found;
  const missing = entries.findIndex(({ seq }, i) => seq !== after + 1 + i);
  const bad = entries.findIndex(({ seq }) => seq === damaged[0]);
  const end = Math.min(...[missing, bad].filter((i) => i >= 0));
  return end === Number.POSITIVE_INFINITY ? found : { ...found, entries: entries.slice(0, end) };
}

/** The number before the next sound event after `bad`, which is not sound; `last` if there is none up to it. */
export function endOfDamage(page: ReadPage, bad: number, last: number): number {
  const isSound = (seq: number) => readSound(page, seq - 1, 1).entries.length > 0;
  let low = bad;
  let high = bad + 1;
  for (let step = 1; high <= last && !isSound(high); step *= 2) {
    low = high;
    high = Math.min(high + step, last + 1);
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isSound(middle)) high = middle;
    else low = middle;
  }
  return low;
}

/** Whether the content of the file is the reason: SQLite finds it broken, or what it reads is not what was written. */
export function isDamage(error: unknown): boolean {
  if (error instanceof SqliteError) return damageCodes.includes(error.code);
  return error instanceof SyntaxError || error instanceof RangeError;
}

/** 1 is SQLITE_ERROR: a column whose content has another type than it was written with. */
const damageCodes: readonly number[] = [1, resultCode.corrupt, resultCode.notADatabase];

const isZero = (data: Uint8Array): boolean => data.every((byte) => byte === 0);
const numbers = (json: unknown): number[] => JSON.parse(`${json}`);
