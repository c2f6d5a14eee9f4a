import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Problem } from "../chat/line.js";
import { loginProblem } from "../chat/problem.js";
import type { Catalog } from "../i18n/index.js";
import { createChatClient } from "../session/client.js";
import { messageOf } from "../session/errors.js";
import type { Session } from "../session/session.js";
import { connect } from "../session/session.js";
import { agentTrusting, serverTransport } from "../session/transport.js";
import { Credentials } from "../storage/credentials.js";
import { sizeOf } from "../terminal/screen/frame.js";
import { cellWidth } from "../text/cells.js";
import { problemWords } from "../text/problem-words.js";
import { sanitizeRow } from "../text/sanitize.js";
import { type Context, isInteractive } from "./context.js";
import { diagnose } from "./diagnose.js";
import { EXIT, exitOf, Failure } from "./exit.js";
import { holdBackProblem } from "./feed-trouble.js";
import { resume, sessionOptions } from "./sign-in.js";

/** `parlance doctor`: server, latency, feed, clock and terminal as the client finds them. */
export async function runDoctor(context: Context, version: string): Promise<number> {
  const { config, words, stdout, env } = context;
  const names = words.cli.doctorRows;
  const probed = await probe(context);
  const feed = probed.problem === undefined ? await probeFeed(context) : undefined;
  const stored = new Credentials(config.stateDir).find(config.server, config.nickname);
  const rows: (readonly [string, string])[] = [
    [names.client, `parlance ${version}, Node ${process.versions.node}, ${process.platform} ${process.arch}`],
    [names.server, probed.software ? `${config.server}, ${probed.software}` : config.server],
    [names.reach, probed.problem ?? names.ok],
  ];
  if (probed.latencyMs !== undefined) rows.push([names.latency, names.ms(probed.latencyMs)]);
  if (probed.clockOffset) rows.push([names.clock, clockRow(probed.clockOffset, names)]);
  if (feed) rows.push([names.feed, sanitizeRow(feed.row)]);
  rows.push([names.session, stored ? sanitizeRow(stored.self.nickname) : names.no]);
  rows.push([names.terminal, terminalRow(context)]);
  rows.push([names.language, `${words.locale} (LANG=${env.LC_ALL || env.LC_MESSAGES || env.LANG || ""})`]);
  rows.push([names.config, config.configFile]);
  const width = Math.max(...rows.map(([name]) => cellWidth(name)));
  for (const [name, value] of rows) stdout.write(`${name}${" ".repeat(width - cellWidth(name))}  ${value}\n`);
  return feed?.code ?? EXIT.unreachable;
}

function terminalRow(context: Context): string {
  const { stdout, env, words } = context;
  const names = words.cli.doctorRows;
  if (!isInteractive(context)) return names.no;
  const { columns, rows } = sizeOf(stdout);
  const size = names.size(columns, rows);
  const program = env.TMUX ? "tmux" : (env.TERM_PROGRAM ?? "");
  return [env.TERM, program, size, names.colors(stdout.getColorDepth())].filter(Boolean).join(", ");
}

const TIMEOUT_MS = 3_000;
/** Timed calls: as many as fit into CALLS_MS, within these bounds. The first call, which connects, is not timed. */
const MIN_CALLS = 5;
const MAX_CALLS = 30;
const CALLS_MS = 1_000;

/** What a server shows without a login. */
interface Probe {
  /** Why it cannot be reached, in the reader's language. */
  readonly problem?: string;
  /** Shortest round trip of several calls, ms: the network's part, with the least queueing on either side. */
  readonly latencyMs?: number;
  readonly clockOffset?: ClockOffset;
  /** Product and version, such as parlance-server/0.1.0, if the server sends it. */
  readonly software?: string;
}

async function probe(context: Context): Promise<Probe> {
  const { config, words, signal } = context;
  const client = createChatClient({
    transport: serverTransport(config.server, config.ca),
    language: words.locale,
    token: () => undefined,
  });
  let clockOffset: ClockOffset | undefined;
  const call = async () => {
    const sentMs = Date.now();
    const onHeader = (headers: Headers) => {
      clockOffset = clockOffsetOf(headers.get("date") ?? "", sentMs, Date.now());
    };
    await client.help({}, { signal, timeoutMs: TIMEOUT_MS, onHeader });
  };
  try {
    await call();
    const latencyMs = await shortestMs(call);
    const software = await requestSoftware(context);
    return {
      latencyMs,
      ...(clockOffset ? { clockOffset } : {}),
      ...(software ? { software } : {}),
    };
  } catch (error) {
    signal.throwIfAborted();
    const problem = await diagnose(error, context);
    return { problem: sanitizeRow(problem ? problemWords(problem, words) : messageOf(error)) };
  }
}

async function shortestMs(call: () => Promise<unknown>): Promise<number> {
  const untilMs = performance.now() + CALLS_MS;
  let shortest = Number.POSITIVE_INFINITY;
  for (let calls = 0; calls < MIN_CALLS || (calls < MAX_CALLS && performance.now() < untilMs); calls++) {
    const startMs = performance.now();
    await call();
    shortest = Math.min(shortest, performance.now() - startMs);
  }
  return Math.round(shortest * 10) / 10;
}

/** How far the server's clock is ahead of ours (negative: behind): between these, ms. */
export interface ClockOffset {
  readonly leastMs: number;
  readonly mostMs: number;
}

/** The header `date` is truncated to the second, and servers cache it for up to another one (Node, nginx). */
const DATE_RESOLUTION_MS = 2_000;

/** From the header of a response, and our clock when the request was sent and when the header arrived, ms since 1970. */
export function clockOffsetOf(date: string, sentMs: number, receivedMs: number): ClockOffset | undefined {
  const serverMs = Date.parse(date);
  if (Number.isNaN(serverMs)) return undefined;
  return { leastMs: serverMs - receivedMs, mostMs: serverMs + DATE_RESOLUTION_MS - sentMs };
}

/** Only what is known: a range, or a bound where the clocks may agree. */
export function clockRow({ leastMs, mostMs }: ClockOffset, names: Catalog["cli"]["doctorRows"]): string {
  const least = Math.floor(leastMs / 1_000);
  const most = Math.ceil(mostMs / 1_000);
  if (leastMs > 0) return names.ahead(least, most);
  if (mostMs < 0) return names.behind(-most, -least);
  return names.lessThan(Math.max(-least, most));
}

/** How long `hello` may take, ms; a server sends it at once. */
const HELLO_MS = 5_000;

interface FeedProbe {
  readonly row: string;
  readonly code: number;
}

/** Opens a feed as the person's own session, which stays, or as a member who comes and goes. */
async function probeFeed(context: Context): Promise<FeedProbe> {
  const { words, signal } = context;
  const nickname = `doctor-${crypto.randomUUID().slice(0, 4)}`;
  const { server, invite } = context.config;
  const attempt = { server, nickname, hasInvite: invite !== undefined };
  const failed = (problem: Problem) => ({ row: problemWords(problem, words), code: exitOf(problem) });
  try {
    const options = { waitOutRate: false };
    const own = await resume(context, options);
    // The secret of the settings is that of another nickname.
    const asGuest = sessionOptions(context, nickname, { ...options, secret: "" });
    const session = own?.session ?? (await connect(asGuest));
    try {
      const found = await timeHello(session, context);
      if (typeof found !== "number") return failed(found);
      return { row: words.cli.doctorRows.hello(found, session.self.nickname), code: EXIT.done };
    } finally {
      await session.leave({ logout: own === undefined });
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure && typeof error.problem !== "string") return failed(error.problem);
    return failed((await diagnose(error, context)) ?? loginProblem(error, attempt));
  }
}

/** Time from Subscribe to `hello`, ms; a problem if nothing comes. */
async function timeHello({ client }: Session, context: Context): Promise<number | Problem> {
  const end = new AbortController();
  const late = AbortSignal.timeout(HELLO_MS);
  const signal = AbortSignal.any([context.signal, late, end.signal]);
  const startMs = performance.now();
  try {
    for await (const _ of client.subscribe({}, { signal })) return Math.round(performance.now() - startMs);
    throw new ConnectError("the feed ended before its hello", Code.Unavailable);
  } catch (error) {
    if (!late.aborted) throw error;
    const problem = await holdBackProblem(client, context, HELLO_MS);
    if (problem) return problem;
    throw new ConnectError(
      "nothing received on the feed",
      Code.DeadlineExceeded,
      undefined,
      undefined,
      error,
    );
  } finally {
    // Leaving the loop does not cancel the call.
    end.abort();
  }
}

/** Other implementations of the server may have no /healthz, and no `server` header. */
function requestSoftware({ config, signal }: Context): Promise<string | undefined> {
  const url = new URL(`${config.server}/healthz`);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const options = { method: "HEAD", signal: limit };
  const call =
    url.protocol === "https:"
      ? requestHttps(url, { ...options, agent: agentTrusting(config.ca) })
      : requestHttp(url, options);
  return new Promise((resolve) => {
    call.once("response", (response) => {
      response.resume();
      resolve(sanitizeRow(`${response.headers.server ?? ""}`));
    });
    call.once("error", () => resolve(undefined)).end();
  });
}
