import { createChatClient } from "../session/client.js";
import { messageOf, unreachableCode } from "../session/errors.js";
import { nodeTransport } from "../session/node.js";
import { sanitizeRow } from "../text/sanitize.js";
import type { Context } from "./context.js";

const TIMEOUT_MS = 3_000;
/** Timed calls: as many as fit into the time, within these bounds. The first one, which connects, is not timed. */
const LEAST_CALLS = 5;
const MOST_CALLS = 30;
const CALLS_MS = 1_000;

/** What can be seen of a server without logging in. */
export interface Probe {
  /** Why it cannot be reached, in the reader's language. */
  readonly problem?: string;
  /** Time of the fastest of several calls there and back, ms: what the road takes, without waiting on either side. */
  readonly latencyMs?: number;
  /** How far the server's clock is ahead of ours, ms; whole seconds, as the header `date` has them. */
  readonly clockOffsetMs?: number;
  /** Product and version, such as parlance-server/0.1.0, if the server tells. */
  readonly software?: string;
}

export async function probe(context: Context): Promise<Probe> {
  const { config, words, signal } = context;
  const client = createChatClient({
    transport: nodeTransport(config.server),
    language: words.locale,
    token: () => undefined,
  });
  let date = "";
  const onHeader = (headers: Headers) => {
    date = headers.get("date") ?? "";
  };
  const call = () => client.help({}, { signal, timeoutMs: TIMEOUT_MS, onHeader });
  try {
    await call();
    const latencyMs = await fastest(call);
    const ahead = aheadMs(date);
    const software = await softwareOf(config.server, signal);
    return {
      latencyMs,
      ...(ahead === undefined ? {} : { clockOffsetMs: ahead }),
      ...(software ? { software } : {}),
    };
  } catch (error) {
    signal.throwIfAborted();
    const code = unreachableCode(error) ?? "";
    return { problem: words.problem.cannotReach(config.server, code, sanitizeRow(messageOf(error))) };
  }
}

async function fastest(call: () => Promise<unknown>): Promise<number> {
  const untilMs = performance.now() + CALLS_MS;
  let least = Number.POSITIVE_INFINITY;
  for (let calls = 0; calls < LEAST_CALLS || (calls < MOST_CALLS && performance.now() < untilMs); calls++) {
    const from = performance.now();
    await call();
    least = Math.min(least, performance.now() - from);
  }
  return Math.round(least * 10) / 10;
}

function aheadMs(date: string): number | undefined {
  const server = Date.parse(date);
  if (Number.isNaN(server)) return undefined;
  // The header is cut to its second: within that second there is no offset to be seen.
  const ahead = Math.round((server + 500 - Date.now()) / 1000) * 1000;
  return ahead === 0 ? 0 : ahead;
}

/** A server of another make need not have /healthz, nor say what it is. */
async function softwareOf(server: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const answer = await fetch(`${server}/healthz`, { method: "HEAD", signal: limit });
    return sanitizeRow(answer.headers.get("server") ?? "");
  } catch {
    return undefined;
  }
}
