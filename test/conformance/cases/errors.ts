import assert from "node:assert/strict";
import { type CallOptions, Code, ConnectError } from "@connectrpc/connect";
import { ChatService } from "../../../gen/parlance/v1/chat_service_pb.js";
import { type Person, refusalOf, refused } from "../../support/people.js";
import { assertRefused } from "../assertions.js";
import { testCase } from "../case.js";

const notLoggedIn = { code: "Unauthenticated", reason: "NOT_LOGGED_IN", field: "" };
const HAN = /\p{Script=Han}/u;

interface Authenticated {
  /** Requirement that lists the errors of the RPC. */
  readonly errors: string;
  readonly call: (chat: Person["chat"], options: CallOptions) => Promise<unknown>;
}

/** One call of each RPC that requires a token. */
const authenticated: Record<string, Authenticated> = {
  Broadcast: { errors: "BC-4", call: (chat, options) => chat.broadcast({ text: "hi" }, options) },
  SendTo: {
    errors: "ST-4",
    call: (chat, options) => chat.sendTo({ recipient: "anyone", text: "hi" }, options),
  },
  ListUsers: { errors: "LU-2", call: (chat, options) => chat.listUsers({}, options) },
  ListEvents: { errors: "LE-2", call: (chat, options) => chat.listEvents({}, options) },
  ToggleIgnore: { errors: "TI-5", call: (chat, options) => chat.toggleIgnore({}, options) },
  Logout: { errors: "OUT-2", call: (chat, options) => chat.logout({}, options) },
  Subscribe: {
    errors: "SUB-6",
    call: async (chat, options) => {
      for await (const _ of chat.subscribe({}, options)) return;
    },
  },
};

const authenticationCases = Object.entries(authenticated).map(([rpc, { errors, call }]) =>
  testCase(`AUTH-1 ${errors} ERR-2 ERR-13`, `${rpc} without a valid token is refused`, async (target) => {
    const { token } = await target.login();
    // Of a server with registered nicknames, it is another way to send a message (AUTH-5).
    const isSending = rpc === "Broadcast" || rpc === "SendTo";
    const wrong = [
      "Bearer nonesuch",
      ...(isSending ? [] : [`Basic ${token}`]),
      token,
      `Bearer ${token}x`,
      "Bearer ",
      "Bearer \u00e9",
    ];
    for (const headers of [{}, ...wrong.map((authorization) => ({ authorization }))])
      await assertRefused(call(target.anonymous, { headers }), notLoggedIn);
  }),
);

export const errorCases = [
  ...authenticationCases,
  testCase("HELP-2", "Help needs no token", async ({ anonymous }) => {
    await anonymous.help({}, { headers: { authorization: "Bearer nonesuch" } });
  }),
  testCase("ERR-1", "error messages follow accept-language", async (target) => {
    const { chat, options } = await target.login();
    for (const locale of ["zh-CN", "en"]) {
      const headers = { ...options.headers, "accept-language": locale };
      const { message } = await refused(chat.broadcast({ text: "" }, { headers }));
      assert.equal(HAN.test(message), locale === "zh-CN", message);
    }
  }),
  testCase("ERR-7 LIM-2", "an exceeded limit is returned", async (target) => {
    const ada = await target.login();
    const { maxTextBytes } = target.limits;
    const tooLong = await refused(ada.say("x".repeat(maxTextBytes + 1)));
    assert.equal(tooLong.detail?.limit, maxTextBytes);
    assert.equal((await refused(ada.say(""))).detail?.limit, 0);
  }),
  testCase("ST-4 ERR-8", "the nearest nickname is suggested for an unknown one", async (target) => {
    const [ada, bob] = [await target.join(), await target.join(`${target.nickname()}bobby`)];
    const { detail } = await refused(ada.sendTo(`${bob.nickname}y`, "hi"));
    assert.equal(detail?.suggestion, bob.nickname);
  }),
  testCase("ERR-6", "retry_delay is absent if waiting does not help", async (target) => {
    const ada = await target.login();
    assert.equal((await refused(ada.say(""))).detail?.retryDelay, undefined);
  }),
  testCase("ERR-3", "a body that cannot be decoded is refused without an ErrorDetail", async ({ url }) => {
    const response = await fetch(`${url}/${ChatService.typeName}/Help`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{",
    });
    assert.equal(response.status, 400);
    const { code, details } = (await response.json()) as { code: string; details?: unknown[] };
    assert.deepEqual([code, details], ["invalid_argument", undefined]);
  }),
  testCase("ERR-3", "an unknown RPC is refused without an ErrorDetail", async ({ transport }) => {
    const method = { ...ChatService.method.help, name: "NoneSuch" };
    const call = transport.unary(method, undefined, undefined, undefined, {});
    const error = await call.then(() => undefined, ConnectError.from);
    assert.equal(error && Code[error.code], "Unimplemented");
    assert.equal(error && refusalOf(error).reason, undefined);
  }),
];
