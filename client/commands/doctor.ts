import { createChatClient } from "../session/connect.js";
import { createCredentials } from "../session/credentials.js";
import { messageOf, unreachableCode } from "../session/errors.js";
import { sanitizeRow } from "../terminal/sanitize.js";
import { cellWidth } from "../terminal/width.js";
import { type Context, isInteractive } from "./context.js";
import { EXIT } from "./exit.js";

const TIMEOUT_MS = 3_000;
/** Calls whose median is the latency; the first one, which connects, does not count. */
const CALLS = 5;

/** `parlance doctor`: what the client sees of server, clock and terminal. */
export async function runDoctor(context: Context, version: string): Promise<number> {
  const { config, words, stdout, env } = context;
  const names = words.cli.doctorRows;
  const seen = await look(context);
  const stored = createCredentials(config.stateDir).find(config.server, config.nickname);
  const rows: (readonly [string, string])[] = [
    [names.client, `parlance ${version}, Node ${process.versions.node}, ${process.platform} ${process.arch}`],
    [names.server, config.server],
    [names.reach, seen.problem ?? names.ok],
  ];
  if (seen.latencyMs !== undefined) rows.push([names.latency, names.ms(seen.latencyMs)]);
  if (seen.clockOffsetMs !== undefined) rows.push([names.clock, names.ms(seen.clockOffsetMs)]);
  rows.push([names.session, stored ? sanitizeRow(stored.self.nickname) : names.no]);
  rows.push([names.terminal, terminalRow(context)]);
  rows.push([names.language, `${words.locale} (LANG=${env.LC_ALL || env.LC_MESSAGES || env.LANG || ""})`]);
  rows.push([names.config, config.configFile]);
  const width = Math.max(...rows.map(([name]) => cellWidth(name)));
  for (const [name, value] of rows) stdout.write(`${name}${" ".repeat(width - cellWidth(name))}  ${value}\n`);
  return seen.problem === undefined ? EXIT.done : EXIT.unreachable;
}

interface Seen {
  readonly problem?: string;
  /** Median time of a call there and back, ms. */
  readonly latencyMs?: number;
  /** How far the server's clock is ahead of ours, ms; whole seconds, as the header `date` has them. */
  readonly clockOffsetMs?: number;
}

async function look({ config, words, signal }: Context): Promise<Seen> {
  const client = createChatClient({ server: config.server, language: words.locale, token: () => undefined });
  const times: number[] = [];
  let date = "";
  try {
    for (let call = 0; call <= CALLS; call++) {
      const from = performance.now();
      const onHeader = (headers: Headers) => {
        date = headers.get("date") ?? "";
      };
      await client.help({}, { signal, timeoutMs: TIMEOUT_MS, onHeader });
      if (call > 0) times.push(performance.now() - from);
    }
  } catch (error) {
    signal.throwIfAborted();
    const code = unreachableCode(error) ?? "";
    return { problem: words.problem.cannotReach(config.server, code, sanitizeRow(messageOf(error))) };
  }
  const latencyMs = Math.round(times.sort((a, b) => a - b)[CALLS >> 1]! * 10) / 10;
  const server = Date.parse(date);
  if (Number.isNaN(server)) return { latencyMs };
  // The header is cut to its second: within that second there is no offset to be seen.
  const ahead = Math.round((server + 500 - Date.now()) / 1000) * 1000;
  return { latencyMs, clockOffsetMs: ahead === 0 ? 0 : ahead };
}

function terminalRow(context: Context): string {
  const { stdout, env, words } = context;
  const names = words.cli.doctorRows;
  if (!isInteractive(context)) return names.no;
  const size = names.size(stdout.columns, stdout.rows);
  const inside = env.TMUX ? "tmux" : (env.TERM_PROGRAM ?? "");
  return [env.TERM, inside, size, names.colors(stdout.getColorDepth())].filter(Boolean).join(", ");
}
