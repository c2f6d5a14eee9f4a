import type { ServiceImpl } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { Refusal } from "../room/errors.js";
import { type Locale, localeOf, nearestLocale } from "./locale.js";
import { type Wording, wording } from "./wording/index.js";

interface Row {
  readonly words: keyof Wording["help"];
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly rpc?: string;
}

/** The commands of clients: the help text, its rows for programs and the reserved nicknames come from this table. */
const rows: readonly Row[] = [
  { words: "say", name: "", rpc: ChatService.method.broadcast.name },
  { words: "whisper", name: "", rpc: ChatService.method.sendTo.name },
  { words: "ls", name: "ls", rpc: ChatService.method.listUsers.name },
  { words: "i", name: "i", rpc: ChatService.method.toggleIgnore.name },
  { words: "reply", name: "reply", rpc: ChatService.method.sendTo.name },
  { words: "history", name: "history", rpc: ChatService.method.listEvents.name },
  { words: "help", name: "help", aliases: ["h"], rpc: ChatService.method.help.name },
  { words: "quit", name: "quit", rpc: ChatService.method.logout.name },
];

/** Every command; none may be a nickname. */
export const commandWords: readonly string[] = rows
  .flatMap(({ name, aliases = [] }) => [name, ...aliases])
  .filter((word) => word !== "");

const MAX_FIELD_BYTES = 64;

/** Help: the commands, in the requested language. */
export function help(fallback: Locale): ServiceImpl<typeof ChatService>["help"] {
  return (request, ctx) => {
    for (const field of ["locale", "command"] as const) {
      if (new TextEncoder().encode(request[field]).length > MAX_FIELD_BYTES)
        throw new Refusal("REQUEST_INVALID", { field, rule: "too_long", limit: MAX_FIELD_BYTES });
    }
    const locale = nearestLocale(request.locale) ?? localeOf(ctx.requestHeader, fallback);
    ctx.responseHeader.set("content-language", locale);
    ctx.responseHeader.append("vary", "accept-language");
    const found = rows.filter(matches(request.command)).map((row) => ({
      name: row.name,
      aliases: [...(row.aliases ?? [])],
      usage: wording[locale].help[row.words].usage,
      summary: wording[locale].help[row.words].summary,
      rpc: row.rpc ?? "",
    }));
    if (found.length === 0)
      throw new Refusal("REQUEST_INVALID", { field: "command", rule: "unknown", suggestion: "help" });
    return { text: textOf(found), commands: found, locale };
  };
}

function matches(command: string): (row: Row) => boolean {
  const word = command.normalize("NFKC").replace(/^\//, "").toLowerCase();
  if (word === "") return () => true;
  if (word === "@") return (row) => row.words === "whisper";
  return (row) => row.name === word || (row.aliases?.includes(word) ?? false);
}

/** Columns of plain text; Chinese characters take two. */
function textOf(found: readonly { usage: string; summary: string }[]): string {
  const width = Math.max(...found.map(({ usage }) => columns(usage)));
  return found
    .map(({ usage, summary }) => `${usage}${" ".repeat(width - columns(usage) + 3)}${summary}\n`)
    .join("");
}

const columns = (text: string) => [...text].reduce((sum, c) => sum + (c > "\u2e7f" ? 2 : 1), 0);
