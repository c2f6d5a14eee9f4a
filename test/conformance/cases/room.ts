import assert from "node:assert/strict";
import { type Client, createClient } from "@connectrpc/connect";
import type { ChatService } from "../../../gen/parlance/v1/chat_service_pb.js";
import { Feature } from "../../../gen/parlance/v1/limits_pb.js";
import { ModerationService } from "../../../gen/parlance/v1/moderation_service_pb.js";
import { Entry, type Room, Speaking } from "../../../gen/parlance/v1/room_pb.js";
import { type Person, personOf, refused } from "../../support/people.js";
import { assertRefused, receivedMove } from "../assertions.js";
import { NotApplicable, testCase } from "../case.js";
import type { Target } from "../target.js";

async function roomOf({ anonymous }: Pick<Target, "anonymous">): Promise<Room> {
  const { room } = await anonymous.getRoom({});
  assert.ok(room);
  return room;
}

async function openRoomOf(target: Target): Promise<Room> {
  const room = await roomOf(target);
  if (room.entry !== Entry.OPEN) throw new NotApplicable("requires a room that everyone may enter");
  return room;
}

const tooLong = (field: string) => ({ code: "InvalidArgument", reason: "REQUEST_INVALID", field });

type Call = (
  chat: Client<typeof ChatService>,
  options: Person["options"],
  target: Target,
) => Promise<unknown>;
/** One call of what each optional part consists of. */
const parts: readonly (readonly [Feature, Call])[] = [
  [Feature.REGISTRATION, (chat, options) => chat.registerNickname({}, options)],
  [Feature.REGISTRATION, (chat, options) => chat.unregisterNickname({}, options)],
  [Feature.REDACTION, (chat, options) => chat.redact({ ids: ["x"] }, options)],
  [
    Feature.MODERATION,
    (_, options, { transport }) => createClient(ModerationService, transport).listBans({}, options),
  ],
];

export const roomCases = [
  testCase(
    "ROOM-17 ROOM-18 ROOM-19 ROOM-20",
    "GetRoom describes the room without a token",
    async (target) => {
      for (const headers of [{}, { authorization: "Bearer nonesuch" }]) {
        const { room, limits } = await target.anonymous.getRoom({}, { headers });
        assert.ok(room);
        assert.deepEqual(limits, target.limits);
      }
    },
  ),
  testCase("ROOM-1 ROOM-2 ROOM-3 ROOM-21", "GetRoom has what people read, and the rules", async (target) => {
    const { software } = await target.anonymous.getRoom({});
    const { title, entry, speaking } = await roomOf(target);
    assert.ok(Buffer.byteLength(title) <= 128);
    for (const text of [title, software]) assert.doesNotMatch(text, /\p{Cc}/u);
    assert.notEqual(entry, Entry.UNSPECIFIED);
    assert.notEqual(speaking, Speaking.UNSPECIFIED);
  }),
  testCase("ROOM-7", "GetRoom counts members, and not silent logins", async (target) => {
    await target.join();
    const before = (await roomOf(target)).online;
    if (before === 0) throw new NotApplicable("requires a server that shows how many are online");
    await target.login();
    assert.equal((await roomOf(target)).online, before);
    await target.join();
    assert.equal((await roomOf(target)).online, before + 1);
  }),
  testCase("ROOM-10 LOGIN-19", "an open room lets everyone in, and asks for no invite", async (target) => {
    await openRoomOf(target);
    await target.login();
    const { token } = await target.anonymous.login({ nickname: target.nickname(), invite: "nonesuch" });
    await target.anonymous.logout({}, { headers: { authorization: `Bearer ${token}` } });
  }),
  testCase(
    "LOGIN-26 USER-12",
    "a program that says so is shown as one, and no one else is",
    async (target) => {
      await openRoomOf(target);
      const ada = await target.login();
      const room = await target.subscribe(ada);
      const nickname = target.nickname();
      const { token, user } = await target.anonymous.login({ nickname, bot: true });
      assert.ok(user?.bot);
      const rob = personOf(target.transport, nickname, user.id, token);
      await rob.sendTo(nickname, "note to self");
      assert.deepEqual((await receivedMove(room, "joined", nickname)).kind.value.user, user);
      const { users } = await ada.chat.listUsers({ prefix: target.prefix }, ada.options);
      const bots = users.filter(({ bot }) => bot).map((one) => one.nickname);
      assert.deepEqual(bots, [nickname]);
      await rob.chat.logout({}, rob.options);
    },
  ),
  testCase("LOGIN-15 LOGIN-21", "Login bounds its secret and its access token", async (target) => {
    const { anonymous } = target;
    const nickname = target.nickname();
    await assertRefused(anonymous.login({ nickname, secret: "é".repeat(65) }), tooLong("secret"));
    const accessToken = "x".repeat(8 * 1024 + 1);
    await assertRefused(anonymous.login({ nickname, accessToken }), tooLong("access_token"));
    const both = { secret: "secret", accessToken: "x" };
    await assertRefused(anonymous.login({ nickname, ...both }), tooLong("access_token"));
    await target.login(nickname);
  }),
  testCase("LOGIN-24", "a server that takes no access tokens refuses them", async (target) => {
    await openRoomOf(target);
    const call = target.anonymous.login({ nickname: target.nickname(), accessToken: "e30.e30.c2ln" });
    await assertRefused(call, {
      code: "PermissionDenied",
      reason: "ACCESS_TOKEN_INVALID",
      field: "access_token",
    });
  }),
  testCase("ERR-42", "what a server does not announce is UNIMPLEMENTED", async (target) => {
    const missing = parts.filter(([feature]) => !target.limits.features.includes(feature));
    if (missing.length === 0) throw new NotApplicable("requires a server without one of the optional parts");
    const { chat, options } = await target.login();
    for (const [, call] of missing)
      assert.equal((await refused(call(chat, options, target))).code, "Unimplemented");
  }),
];
