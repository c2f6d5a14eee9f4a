import type { Person } from "../../support/people.js";
import { assertRefused } from "../assertions.js";
import { testCase } from "../case.js";
import type { Target } from "../target.js";

type Call = (chat: Person["chat"], options: Person["options"], target: Target) => Promise<unknown>;
type Rpc = keyof typeof errorsOf;
type Reason = keyof typeof reasons;

interface Refusal {
  readonly rpc: Rpc;
  readonly input: string;
  readonly reason: Reason;
  readonly field: string;
  /** Requirements beyond those of the RPC and of the reason, separated by spaces. */
  readonly ids?: string;
  readonly call: Call;
}

/** The requirement that lists the errors of each RPC. */
const errorsOf = {
  Broadcast: "BC-4",
  SendTo: "ST-4",
  ListUsers: "LU-2",
  ListEvents: "LE-2",
  Help: "HELP-3",
  ToggleIgnore: "TI-5",
  Subscribe: "SUB-6",
};

const reasons = {
  TEXT_INVALID: { id: "ERR-18", code: "InvalidArgument" },
  USER_NOT_FOUND: { id: "ERR-15", code: "NotFound" },
  CURSOR_INVALID: { id: "ERR-27", code: "InvalidArgument" },
  REQUEST_INVALID: { id: "ERR-28", code: "InvalidArgument" },
};

const invalidTexts: Record<string, (target: Target) => string> = {
  "an empty text": () => "",
  "a blank text": () => " \n\t\u3000",
  "a text of invisible characters": () => "\u200b\u3164\u2800",
  "a text that is too long": ({ limits }) => "x".repeat(limits.maxTextBytes + 1),
  "a text that is too long in bytes": ({ limits }) => "房".repeat(Math.floor(limits.maxTextBytes / 3) + 1),
  "a text of too many lines": ({ limits }) => "x\n".repeat(limits.maxTextLines + 1),
  "a NUL": () => "a\u0000b",
  "an escape": () => "a\u001b[31mb",
  "a carriage return": () => "a\rb",
  "a C1 control character": () => "a\u009bb",
  "a bidirectional override": () => "a\u202eb",
};

const texts: Refusal[] = Object.entries(invalidTexts).flatMap(([input, text]) => {
  const common = { input, reason: "TEXT_INVALID", field: "text" } as const;
  const broadcast: Call = (chat, options, target) => chat.broadcast({ text: text(target) }, options);
  const sendTo: Call = async (chat, options, target) =>
    chat.sendTo({ nickname: (await target.login()).nickname, text: text(target) }, options);
  return [
    { ...common, rpc: "Broadcast", ids: "BC-5 BC-6", call: broadcast },
    { ...common, rpc: "SendTo", ids: "ST-7", call: sendTo },
  ];
});

const long = "x".repeat(65);
const request = (rpc: Rpc, ids: string, input: string, field: string, call: Call): Refusal => ({
  rpc,
  input,
  reason: "REQUEST_INVALID",
  field,
  ids,
  call,
});

const requests: Refusal[] = [
  request("Broadcast", "BC-7", "a request_id of 65 bytes", "request_id", (chat, options) =>
    chat.broadcast({ text: "hi", requestId: long }, options),
  ),
  request("SendTo", "ST-8", "a request_id of 65 bytes", "request_id", async (chat, options, target) =>
    chat.sendTo({ nickname: (await target.login()).nickname, text: "hi", requestId: long }, options),
  ),
  request("ToggleIgnore", "TI-7", "a request_id of 65 bytes", "request_id", (chat, options) =>
    chat.toggleIgnore({ requestId: long }, options),
  ),
  request("ListUsers", "LU-3", "a page_size of 501", "page_size", (chat, options) =>
    chat.listUsers({ pageSize: 501 }, options),
  ),
  request("ListUsers", "LU-4", "a page_token that was never issued", "page_token", (chat, options) =>
    chat.listUsers({ pageToken: "!" }, options),
  ),
  request("ListUsers", "LU-5", "a prefix of 65 bytes", "prefix", (chat, options) =>
    chat.listUsers({ prefix: long }, options),
  ),
  request("ListEvents", "LE-7", "a page_size of 501", "page_size", (chat, options) =>
    chat.listEvents({ pageSize: 501 }, options),
  ),
  request("Help", "HELP-6", "an unknown command", "command", (chat) => chat.help({ command: "nonesuch" })),
  request("Help", "HELP-6", "a command of 65 bytes", "command", (chat) => chat.help({ command: long })),
  request("Help", "HELP-4", "a locale of 65 bytes", "locale", (chat) => chat.help({ locale: long })),
  request(
    "Subscribe",
    "SUB-8 LIM-7",
    "a backlog above Limits.max_backlog",
    "backlog",
    (chat, options, { limits }) => first(chat.subscribe({ backlog: limits.maxBacklog + 1 }, options)),
  ),
];

const cursors: Refusal[] = ["x", "MS4x", "A".repeat(65), "\u623f"].flatMap((cursor) => {
  const reason = "CURSOR_INVALID" as const;
  const subscribe: Call = (chat, options) => first(chat.subscribe({ after: cursor }, options));
  return [
    {
      rpc: "Subscribe" as const,
      input: `after ${JSON.stringify(cursor)}`,
      reason,
      field: "after",
      call: subscribe,
    },
    ...(["before", "after"] as const).map((field) => {
      const call: Call = (chat, options) => chat.listEvents({ [field]: cursor }, options);
      return { rpc: "ListEvents" as const, input: `${field} ${JSON.stringify(cursor)}`, reason, field, call };
    }),
  ];
});

const absent: Refusal = {
  rpc: "SendTo",
  input: "a nickname that is not in the room",
  reason: "USER_NOT_FOUND",
  field: "nickname",
  ids: "ST-5",
  call: (chat, options, target) => chat.sendTo({ nickname: target.nickname(), text: "hi" }, options),
};

async function first(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream) return;
}

/** Invalid input to every RPC: the same reason over every protocol. */
export const refusalCases = [...texts, ...requests, ...cursors, absent].map(
  ({ rpc, input, reason, field, ids, call }) => {
    const { id, code } = reasons[reason];
    const covered = [errorsOf[rpc], ...(ids ? [ids] : []), "ERR-2", "ERR-5", id].join(" ");
    return testCase(covered, `${rpc} refuses ${input}`, async (target) => {
      const ada = await target.login();
      await assertRefused(call(ada.chat, ada.options, target), { code, reason, field });
    });
  },
);
