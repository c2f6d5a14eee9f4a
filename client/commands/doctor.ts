import { createCredentials } from "../storage/credentials.js";
import { sizeOf } from "../terminal/screen/frame.js";
import { sanitizeRow } from "../text/sanitize.js";
import { cellWidth } from "../text/width.js";
import { type Context, isInteractive } from "./context.js";
import { EXIT } from "./exit.js";
import { probe } from "./probe.js";

/** `parlance doctor`: what the client sees of server, clock and terminal. */
export async function runDoctor(context: Context, version: string): Promise<number> {
  const { config, words, stdout, env } = context;
  const names = words.cli.doctorRows;
  const seen = await probe(context);
  const stored = createCredentials(config.stateDir).find(config.server, config.nickname);
  const rows: (readonly [string, string])[] = [
    [names.client, `parlance ${version}, Node ${process.versions.node}, ${process.platform} ${process.arch}`],
    [names.server, seen.software ? `${config.server}, ${seen.software}` : config.server],
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

function terminalRow(context: Context): string {
  const { stdout, env, words } = context;
  const names = words.cli.doctorRows;
  if (!isInteractive(context)) return names.no;
  const { columns, rows } = sizeOf(stdout);
  const size = names.size(columns, rows);
  const inside = env.TMUX ? "tmux" : (env.TERM_PROGRAM ?? "");
  return [env.TERM, inside, size, names.colors(stdout.getColorDepth())].filter(Boolean).join(", ");
}
