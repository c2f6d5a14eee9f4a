import type { Entry } from "../../room/ports.js";
import type { Database } from "./database.js";

/**
 * Reading a page as one row is six times as fast as row by row: handing a row to JavaScript costs more than finding it.
 */
const pageSql = `
  select json_group_array(seq) as seqs, json_group_array(at) as ats, json_group_array(length(data)) as sizes,
    cast(group_concat(cast(data as text), '') as blob) as bytes
  from (select seq, at, data from event where seq > ? order by seq limit ?)`;

/** Returns a function that reads the events after a number. The entries of a page share one block of memory. */
export function preparePage(database: Database): (after: number, limit: number) => Entry[] {
  const page = database.prepare(pageSql);
  return (after, limit) => {
    const row = page.get(after, limit);
    const seqs = numbers(row?.seqs);
    const ats = numbers(row?.ats);
    const sizes = numbers(row?.sizes);
    const bytes = row?.bytes instanceof Uint8Array ? row.bytes : new Uint8Array(0);
    let from = bytes.byteOffset;
    return seqs.map((seq, i) => {
      const size = sizes[i]!;
      const data = new Uint8Array(bytes.buffer, from, size);
      from += size;
      return { seq, at: ats[i]!, data };
    });
  };
}

const numbers = (json: unknown): number[] => JSON.parse(`${json}`);
