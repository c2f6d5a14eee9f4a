/** `parlance-server moderate`: what the operator does to the room of a running server, over its socket. */
import type { parseArgs } from "node:util";
import { create, toJson } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { ModerationService } from "../../../gen/parlance/v1/moderation_service_pb.js";
import { adminPath } from "../admin-path.js";
import { COLUMNS, entry, wrap } from "../help.js";
import { nearest } from "../nearest.js";
import { type Config, ConfigError } from "../settings.js";
import { StartError } from "../start-error.js";
import { commands, type Invocation, type ModerateCommand, type ModerateOptions } from "./commands.js";

const TIMEOUT_MS = 30_000;

/** Options of moderate, by name; the others are those of the server. */
export const moderateFlags = {
  json: { type: "boolean" },
  yes: { type: "boolean" },
  "spare-address": { type: "boolean" },
  erase: { type: "string" },
  for: { type: "string" },
  note: { type: "string" },
  title: { type: "string" },
  entry: { type: "string" },
  speaking: { type: "string" },
  "slow-mode": { type: "string" },
  registration: { type: "string" },
} as const satisfies NonNullable<Parameters<typeof parseArgs>[0]>["options"];

/** A parsed command. */
export interface Moderate {
  readonly command: ModerateCommand;
  readonly words: readonly string[];
  readonly options: ModerateOptions;
  readonly json: boolean;
  readonly socket: string;
  readonly locale: string;
}

/** Reads the words after `moderate`. Throws ConfigError. */
export function readModerate(
  [name = "", ...words]: readonly string[],
  { json = false, ...options }: ModerateOptions & { readonly json?: boolean },
  config: Pick<Config, "adminSocket" | "store" | "locale">,
): Moderate {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    const similar = nearest(name, Object.keys(commands));
    const hint = similar ? `; did you mean ${similar}?` : "";
    throw new ConfigError(
      name === "" ? "moderate needs a COMMAND" : `no command ${JSON.stringify(name)}${hint}`,
    );
  }
  const [least, most] = command.words;
  if (words.length < least || words.length > most) throw new ConfigError(`usage: moderate ${command.usage}`);
  const socket = adminPath(config);
  if (socket === undefined)
    throw new ConfigError("moderate needs --admin-socket PATH, as the server was started with");
  return { command, words, options, json, socket, locale: config.locale };
}

/** Returns what is printed. Rejects with a StartError if there is no server, or it refuses. */
export async function runModerate(
  { command, words, options, json, socket, locale }: Moderate,
  ask: Invocation["ask"],
): Promise<string> {
  const transport = createConnectTransport({
    baseUrl: "http://localhost",
    httpVersion: "1.1",
    nodeOptions: { socketPath: socket, agent: false },
    defaultTimeoutMs: TIMEOUT_MS,
    interceptors: [
      (next) => (request) => {
        request.header.set("accept-language", locale);
        return next(request);
      },
    ],
  });
  const client = createClient(ModerationService, transport);
  try {
    const { schema, response, text } = await command.run({ words, options, client, ask });
    return json ? `${JSON.stringify(toJson(schema, create(schema, response)))}\n` : text;
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    throw new StartError(explain(error, socket), { cause: error });
  }
}

function explain(error: ConnectError, socket: string): string {
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ECONNREFUSED")
    return `no server listens on ${socket}; start it, or name its --store or --admin-socket`;
  if (code === "EACCES") return `${socket} belongs to another user: run this as the user of the server`;
  if (error.code === Code.DeadlineExceeded) return "the server took too long";
  return error.rawMessage;
}

/** The headings of `moderate --help`, with the names of their commands. */
const groups: Readonly<Record<string, readonly string[]>> = {
  People: ["kick", "ban", "bans", "unban", "mute", "erase"],
  "The room": ["announce", "close", "open", "room"],
  Invites: ["invite", "invites", "revoke"],
  "Registered nicknames and roles": ["owner", "role", "nicknames", "new-secret", "release"],
};

/** What `moderate --help` prints. */
export function moderateUsage(): string {
  const width = 36;
  const row = (left: string, right: string) => entry(left, right, width);
  return [
    "Usage: parlance-server moderate COMMAND [options]",
    "",
    ...wrap(
      "Acts on the room of a running server, over its operator's socket, with a rank above owners. The server is found by --store or --admin-socket, as it was started with.",
      COLUMNS,
    ),
    "",
    "Examples:",
    "  parlance-server moderate owner ada",
    "  parlance-server moderate ban mallory 1h flooding --erase 10m",
    "  parlance-server moderate room --title Tea --entry invite",
    ...Object.entries(groups).flatMap(([heading, names]) => [
      "",
      `${heading}:`,
      ...names.flatMap((name) => {
        const { usage = "", help = "" } = commands[name] ?? {};
        return row(usage, help);
      }),
    ]),
    "",
    ...wrap(
      "NAME is a nickname, or id:ID for the person with this id. NETWORK is an address or a network in CIDR notation. DURATION: 30s, 10m, 1h, 7d.",
      COLUMNS,
    ),
    "",
    "Options:",
    ...row("--erase DURATION", "kick and ban: also erases what the person sent in this time"),
    ...row("--spare-address", "ban: not the address of a guest"),
    ...row("--yes", "ban: does not ask about a wide network"),
    ...row("--for NAME", "invite: valid for this nickname alone"),
    ...row("--note TEXT", "invite: what moderators see of it"),
    ...row("--title, --motd TEXT", "room: its name, and its message of the day"),
    ...row("--entry open|invite|registered", "room: who may log in"),
    ...row("--speaking WHO", "room: who may send messages: everyone, registered, moderators"),
    ...row("--slow-mode DURATION", "room: least time between two messages of a member"),
    ...row("--registration on|off", "room: whether guests may register their nickname"),
    ...row("--json", "prints the response as JSON, in one line"),
    "",
    "Exit codes: 0 done, 1 refused or no server, 2 wrong usage.",
    "",
  ].join("\n");
}
