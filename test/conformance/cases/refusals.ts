import type { Person } from "../../support/people.js";
import { must } from "../case.js";
import { isRefused } from "../hearing.js";
import type { World } from "../world.js";

interface Refusal {
  readonly rpc: string;
  readonly what: string;
  readonly reason: keyof typeof sentences;
  readonly field: string;
  readonly call: (chat: Person["chat"], options: Person["options"], world: World) => Promise<unknown>;
}

const sentences = {
  TEXT_INVALID:
    "INVALID_ARGUMENT: the text is blank, too long, has too many lines, control characters or bidi overrides.",
  USER_NOT_FOUND: "NOT_FOUND: nobody online bears the nickname.",
  CURSOR_INVALID: "INVALID_ARGUMENT: a cursor that this protocol never gave out.",
  REQUEST_INVALID: "INVALID_ARGUMENT: any other field out of its limits.",
};

/** What a text must not be, and how such a one looks. */
const badTexts: Record<string, (world: World) => string> = {
  "an empty text": () => "",
  "a blank text": () => " \n\t\u3000",
  "a text that is too long": ({ limits }) => "x".repeat(limits.maxTextBytes + 1),
  "a text that is too long in bytes": ({ limits }) => "房".repeat(Math.floor(limits.maxTextBytes / 3) + 1),
  "a text of too many lines": ({ limits }) => "x\n".repeat(limits.maxTextLines + 1),
  "a NUL": () => "a\u0000b",
  "an escape": () => "a\u001b[31mb",
  "a carriage return": () => "a\rb",
  "a C1 control character": () => "a\u009bb",
  "a bidi override": () => "a\u202eb",
};

const texts: Refusal[] = Object.entries(badTexts).flatMap(([what, text]) => [
  {
    rpc: "Broadcast",
    what,
    reason: "TEXT_INVALID" as const,
    field: "text",
    call: (chat: Person["chat"], options: Person["options"], world: World) =>
      chat.broadcast({ text: text(world) }, options),
  },
  {
    rpc: "SendTo",
    what,
    reason: "TEXT_INVALID" as const,
    field: "text",
    call: async (chat: Person["chat"], options: Person["options"], world: World) =>
      chat.sendTo({ nickname: (await world.enter()).nickname, text: text(world) }, options),
  },
]);

const long = "x".repeat(65);
const request = (rpc: string, what: string, field: string, call: Refusal["call"]): Refusal => ({
  rpc,
  what,
  reason: "REQUEST_INVALID",
  field,
  call,
});

const requests: Refusal[] = [
  request("Broadcast", "a request_id of 65 bytes", "request_id", (chat, options) =>
    chat.broadcast({ text: "hi", requestId: long }, options),
  ),
  request("SendTo", "a request_id of 65 bytes", "request_id", async (chat, options, world) =>
    chat.sendTo({ nickname: (await world.enter()).nickname, text: "hi", requestId: long }, options),
  ),
  request("ToggleIgnore", "a request_id of 65 bytes", "request_id", (chat, options) =>
    chat.toggleIgnore({ requestId: long }, options),
  ),
  request("ListUsers", "a page of 501", "page_size", (chat, options) =>
    chat.listUsers({ pageSize: 501 }, options),
  ),
  request("ListUsers", "a page_token that nobody gave out", "page_token", (chat, options) =>
    chat.listUsers({ pageToken: "!" }, options),
  ),
  request("ListUsers", "a prefix of 65 bytes", "prefix", (chat, options) =>
    chat.listUsers({ prefix: long }, options),
  ),
  request("ListEvents", "a page of 501", "page_size", (chat, options) =>
    chat.listEvents({ pageSize: 501 }, options),
  ),
  request("Help", "an unknown command", "command", (chat) => chat.help({ command: "nonesuch" })),
  request("Help", "a command of 65 bytes", "command", (chat) => chat.help({ command: long })),
  request("Help", "a locale of 65 bytes", "locale", (chat) => chat.help({ locale: long })),
  request("Subscribe", "a backlog above Limits.max_backlog", "backlog", (chat, options, { limits }) =>
    first(chat.subscribe({ backlog: limits.maxBacklog + 1 }, options)),
  ),
];

const cursors: Refusal[] = ["x", "MS4x", "A".repeat(65), "\u623f"].flatMap((cursor) => [
  {
    rpc: "Subscribe",
    what: JSON.stringify(cursor),
    reason: "CURSOR_INVALID" as const,
    field: "after",
    call: (chat: Person["chat"], options: Person["options"]) =>
      first(chat.subscribe({ after: cursor }, options)),
  },
  ...(["before", "after"] as const).map((field) => ({
    rpc: "ListEvents",
    what: `${field} ${JSON.stringify(cursor)}`,
    reason: "CURSOR_INVALID" as const,
    field,
    call: (chat: Person["chat"], options: Person["options"]) => chat.listEvents({ [field]: cursor }, options),
  })),
]);

const nobody: Refusal = {
  rpc: "SendTo",
  what: "someone who is not there",
  reason: "USER_NOT_FOUND",
  field: "nickname",
  call: (chat, options, world) => chat.sendTo({ nickname: world.name(), text: "hi" }, options),
};

async function first(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream) return;
}

const codes: Partial<Record<Refusal["reason"], string>> = { USER_NOT_FOUND: "NotFound" };

/** Bad input of every RPC: the same reason whatever the protocol. */
export const refusalCases = [...texts, ...requests, ...cursors, nobody].map(
  ({ rpc, what, reason, field, call }) =>
    must(sentences[reason], `${rpc}: ${what}`, async (world) => {
      const ada = await world.enter();
      const code = codes[reason] ?? "InvalidArgument";
      await isRefused(call(ada.chat, ada.options, world), { code, reason, field });
    }),
);
