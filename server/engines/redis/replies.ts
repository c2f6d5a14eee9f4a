/** What the scripts return, as the ports have it. */
import {
  type Appended,
  type Claim,
  type ClaimResult,
  type Entry,
  Fenced,
  Gone,
  type Position,
} from "../../room/ports.js";
import type { Reply } from "./connection.js";

/** An endless lease ends later than any process; the engine's numbers are exact up to 2^53. */
const ENDLESS_MS = 1e15;

/** A lifetime as scripts take it. */
export const lifetimeOf = (ms: number): string => `${Math.min(ms, ENDLESS_MS)}`;

export function list(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? reply : [];
}

export function chunks(values: readonly Reply[], size: number): Reply[][] {
  return Array.from({ length: values.length / size }, (_, i) => values.slice(i * size, (i + 1) * size));
}

export function bytesOf(value: Reply | undefined): Uint8Array {
  return value instanceof Buffer
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array();
}

export function appendedOf([status, ...rest]: readonly Reply[], tag: string): Appended {
  if (`${status}` === "FENCED") throw new Fenced(`${rest[0]}`);
  const [epoch, seq, at, last] = rest.map(String);
  const place = { epoch: `${epoch}`, seq: Number(seq), at: Number(at) };
  if (`${status}` === "KNOWN") return { ...place, tag: `${last}`, duplicate: true };
  return { ...place, tag, duplicate: false, ...(last !== "" && { token: Number(last) }) };
}

export function claimResultOf(name: string, [status, raw, live, other]: readonly Reply[]): ClaimResult {
  switch (`${status}`) {
    case "OK":
      return { ok: true, claim: claimOf(name, raw, true) };
    case "HELD":
      return { ok: false, held: claimOf(`${other}`, raw, Number(live) === 1) };
    case "GONE":
      throw new Gone();
    default:
      throw new Fenced(`${raw}`);
  }
}

/** As the scripts write it. */
interface StoredClaim {
  readonly h: string;
  readonly v: string;
  readonly k?: string;
  readonly l: string;
  readonly t: string;
  readonly i: string;
  readonly a: boolean;
}

export function claimOf(name: string, raw: Reply | undefined, live: boolean): Claim {
  const { h: holder, v: value, k: skeleton, l: lease, t, i, a } = JSON.parse(`${raw}`) as StoredClaim;
  const optional = skeleton !== undefined && { skeleton };
  return { name, holder, value, ...optional, lease, token: Number(t), visit: Number(i), announced: a, live };
}

/** EPOCH SEQ AT DATA, as the append script publishes it; undefined if it is not. */
export function entryOf(message: Buffer): (Entry & Position) | undefined {
  const head = /^(\S+) (\d+) (\d+) /.exec(message.subarray(0, 100).toString("latin1"));
  if (!head) return undefined;
  const [all, epoch = "", seq, at] = head;
  const data = message.subarray(all.length);
  return { epoch, seq: Number(seq), at: Number(at), data: bytesOf(data) };
}
