import assert from "node:assert/strict";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { type CallOptions, Code, ConnectError } from "@connectrpc/connect";
import { ChatService } from "../../../gen/parlance/v1/chat_service_pb.js";
import { type Person, refusalOf, refused } from "../../support/people.js";
import { must, NotApplicable } from "../case.js";
import { heardSaying, isRefused } from "../hearing.js";

const notLoggedIn = { code: "Unauthenticated", reason: "NOT_LOGGED_IN" };
const HAN = /\p{Script=Han}/u;

/** One call of each RPC that needs a token. */
const guarded: Record<string, (chat: Person["chat"], options: CallOptions) => Promise<unknown>> = {
  Broadcast: (chat, options) => chat.broadcast({ text: "hi" }, options),
  SendTo: (chat, options) => chat.sendTo({ nickname: "anyone", text: "hi" }, options),
  ListUsers: (chat, options) => chat.listUsers({}, options),
  ListEvents: (chat, options) => chat.listEvents({}, options),
  ToggleIgnore: (chat, options) => chat.toggleIgnore({}, options),
  Logout: (chat, options) => chat.logout({}, options),
  Subscribe: async (chat, options) => {
    for await (const _ of chat.subscribe({}, options)) return;
  },
};

const gateCases = Object.entries(guarded).map(([rpc, call]) =>
  must(
    "Every RPC but Login and Help needs the header `authorization: Bearer TOKEN` with the token of a Login.",
    rpc,
    async (world) => {
      const { token } = await world.enter();
      const wrong = [
        "Bearer nonesuch",
        `Basic ${token}`,
        token,
        `Bearer ${token}x`,
        "Bearer ",
        "Bearer \u00e9",
      ];
      for (const headers of [{}, ...wrong.map((authorization) => ({ authorization }))])
        await isRefused(call(world.stranger, { headers }), notLoggedIn);
    },
  ),
);

export const errorCases = [
  ...gateCases,
  must("Open to everyone.", async ({ stranger }) => {
    await stranger.help({}, { headers: { authorization: "Bearer nonesuch" } });
  }),
  must("its message is in the language of the header `accept-language` (zh-CN or en).", async (world) => {
    const { chat, options } = await world.enter();
    for (const locale of ["zh-CN", "en"]) {
      const headers = { ...options.headers, "accept-language": locale };
      const { message } = await refused(chat.broadcast({ text: "" }, { headers }));
      assert.equal(HAN.test(message), locale === "zh-CN", message);
    }
  }),
  must("Limit that was exceeded, in the unit of `field`; 0 if none was.", async (world) => {
    const ada = await world.enter();
    const { maxTextBytes } = world.limits;
    const tooLong = await refused(ada.say("x".repeat(maxTextBytes + 1)));
    assert.equal(tooLong.detail?.limit, BigInt(maxTextBytes));
    assert.equal((await refused(ada.say(""))).detail?.limit, 0n);
  }),
  must(
    "What would have worked: a free nickname for a refused one, the nearest online name for an unknown one.",
    async (world) => {
      const [ada, bob] = [await world.enter(), await world.enter(`${world.name()}bobby`)];
      const { detail } = await refused(ada.whisper(`${bob.nickname}y`, "hi"));
      assert.equal(detail?.suggestion, bob.nickname);
    },
  ),
  must("Time after which a retry can succeed; absent if waiting does not help.", async (world) => {
    const ada = await world.enter();
    assert.equal((await refused(ada.say(""))).detail?.retryDelay, undefined);
  }),
  must("What the transport refuses before the room sees it", "a body over 64 KiB", async (world) => {
    const ada = await world.enter();
    const { code, reason } = await refused(ada.say("x".repeat(70_000)));
    assert.deepEqual([code, reason], ["ResourceExhausted", undefined]);
  }),
  must("What the transport refuses before the room sees it", "an unknown RPC", async ({ transport }) => {
    const method = { ...ChatService.method.help, name: "NoneSuch" };
    const call = transport.unary(method, undefined, undefined, undefined, {});
    const error = await call.then(() => undefined, ConnectError.from);
    assert.equal(error && Code[error.code], "Unimplemented");
    assert.equal(error && refusalOf(error).reason, undefined);
  }),
  must(
    "RESOURCE_EXHAUSTED: there is no room for another member, or for another feed of the same member.",
    async (world) => {
      const ada = await world.enter();
      for (let i = 0; i < 20; i++) {
        const feed = ada.listen();
        const opened = await Promise.race([feed.next("hello"), feed.ended]);
        if (opened instanceof ConnectError) {
          const { code, reason } = refusalOf(opened);
          assert.deepEqual([code, reason], ["ResourceExhausted", "ROOM_FULL"]);
          return;
        }
      }
      throw new NotApplicable("20 feeds of one member are not too many for this server");
    },
  ),
  must(
    "RESOURCE_EXHAUSTED: too many messages in too short a time; `retry_delay` says when the next one is welcome.",
    async ({ own }) => {
      if (!own) throw new NotApplicable("takes a server with a low rate");
      const { world, close } = await own.another("--rate", "5", "--burst", "2");
      try {
        const ada = await world.enter();
        const feed = await world.listen(ada);
        assert.deepEqual([world.limits.messagesPerSecond, world.limits.messageBurst], [5, 2]);
        const id = crypto.randomUUID();
        await ada.say("one", id);
        await ada.say("two");
        const { detail } = await isRefused(ada.say("three"), {
          code: "ResourceExhausted",
          reason: "RATE_LIMITED",
        });
        assert.equal((await ada.say("one", id)).duplicate, true);
        assert.ok(detail?.retryDelay);
        await world.pass(durationMs(detail.retryDelay));
        await ada.say("four");
        await heardSaying(feed, "four");
        assert.ok(!feed.story().includes(`${ada.nickname}: three`));
      } finally {
        await world.tidy();
        await close();
      }
    },
  ),
];
