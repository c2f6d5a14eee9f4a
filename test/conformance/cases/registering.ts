import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { LoginRequestSchema } from "../../../gen/parlance/v1/chat_service_pb.js";
import { Presence } from "../../../gen/parlance/v1/chat_service_pb.js";
import { GoodbyeReason } from "../../../gen/parlance/v1/event_pb.js";
import { Feature } from "../../../gen/parlance/v1/limits_pb.js";
import { Entry } from "../../../gen/parlance/v1/room_pb.js";
import { Role } from "../../../gen/parlance/v1/user_pb.js";
import { type Listener, type Person, personOf } from "../../support/people.js";
import {
  assertRefused,
  endOf,
  received,
  receivedMessage,
  receivedMove,
  receivedPrivate,
} from "../assertions.js";
import { MANY_CALLS_MS, NotApplicable, testCase } from "../case.js";
import { onServer } from "../servers.js";
import type { Target } from "../target.js";

const registered = { code: "AlreadyExists", reason: "NICKNAME_REGISTERED", field: "nickname" };
const wrong = { code: "PermissionDenied", reason: "SECRET_INVALID" };
const notLoggedIn = { code: "Unauthenticated", reason: "NOT_LOGGED_IN" };
const noInvite = { code: "PermissionDenied", reason: "INVITE_INVALID", field: "invite" };
const limited = { code: "ResourceExhausted", reason: "RATE_LIMITED" };

/** In the form of a guess, and of no secret of this server. */
const otherThan = (secret: string) => `${secret.slice(0, -4)}${secret.endsWith("AAAA") ? "BBBB" : "AAAA"}`;

/** A server on which guests may enter and register. */
async function requireRegistration({ anonymous, limits }: Target): Promise<void> {
  if (!limits.features.includes(Feature.REGISTRATION))
    throw new NotApplicable("the server does not announce FEATURE_REGISTRATION");
  const { room } = await anonymous.getRoom({});
  if (room?.entry !== Entry.OPEN || !room.registration)
    throw new NotApplicable("requires a room in which guests may register their nickname");
}

/** Logs in with all that a request may have. */
async function enter(target: Target, request: MessageInitShape<typeof LoginRequestSchema>) {
  const { token, user, leftCursor } = await target.anonymous.login(request);
  assert.ok(user);
  return { ...personOf(target.transport, user.nickname, user.id, token), user, leftCursor };
}

const register = (person: Person, secret = "", requestId = "") =>
  person.chat.registerNickname({ secret, requestId }, person.options);
const logout = (person: Person) => person.chat.logout({}, person.options);

/** A member in the room that has registered its nickname. */
async function owner(target: Target, nickname?: string) {
  await requireRegistration(target);
  const person = await target.join(nickname);
  const { secret, user } = await register(person);
  return { person, secret, user };
}

/** The same, of one that has left. */
async function absent(target: Target, nickname?: string) {
  const { person, secret } = await owner(target, nickname);
  await logout(person);
  return { id: person.id, nickname: person.nickname, secret };
}

const changed = (feed: Listener, id: string, isRegistered: boolean) =>
  received(feed, "userChanged", ({ user }) => user?.id === id && user.registered === isRegistered);

const basic = (nickname: string, secret: string) => ({
  headers: { authorization: `Basic ${Buffer.from(`${nickname}:${secret}`).toString("base64")}` },
});

export const registeringCases = [
  testCase(
    "LIM-20 REG-6 REG-7 REG-20 USER-10 EV-61 EV-62 ROOM-6",
    "RegisterNickname makes a nickname its member's own, and the room receives it",
    async (target) => {
      await requireRegistration(target);
      const room = await target.subscribe(await target.login());
      const ada = await target.join();
      const { user } = await register(ada);
      assert.deepEqual([user?.id, user?.nickname, user?.registered], [ada.id, ada.nickname, true]);
      assert.deepEqual((await changed(room, ada.id, true)).kind.value.user, user);
      const { users } = await ada.chat.listUsers({ prefix: ada.nickname }, ada.options);
      assert.deepEqual(users, [user]);
    },
  ),
  testCase("REG-7", "the room does not receive what a silent login registers", async (target) => {
    await requireRegistration(target);
    const watcher = await target.login();
    const room = await target.subscribe(watcher);
    const ada = await target.login();
    const { user } = await register(ada);
    await watcher.say("after it");
    await receivedMessage(room, "after it");
    assert.ok(!room.events.some(({ kind }) => kind.case === "userChanged" && kind.value.user?.id === ada.id));
    await ada.say("hi");
    assert.deepEqual((await receivedMove(room, "joined", ada.nickname)).kind.value.user, user);
  }),
  testCase(
    "REG-1 USER-6 USER-11 ERR-31 LOGIN-16",
    "a registered nickname and its look-alikes are refused while its owner is away",
    async (target) => {
      const digits = target.prefix.slice(1);
      const { id, nickname, secret } = await absent(target, `caxap${digits}`);
      for (const name of [nickname, nickname.toUpperCase(), `сахар${digits}`]) {
        const { detail } = await assertRefused(target.login(name), registered);
        if (detail?.suggestion) await target.login(detail.suggestion);
      }
      const back = await enter(target, { nickname, secret });
      assert.deepEqual([back.id, back.user.registered, back.user.role], [id, true, Role.UNSPECIFIED]);
      await logout(back);
    },
  ),
  testCase(
    "LOGIN-16 ERR-32 ERR-41",
    "a wrong secret and one of a nickname that is not registered cannot be told apart",
    async (target) => {
      const { nickname, secret } = await absent(target);
      const field = { ...wrong, field: "secret" };
      const guess = otherThan(secret);
      const known = await assertRefused(enter(target, { nickname, secret: guess }), field);
      const unknown = enter(target, { nickname: target.nickname(), secret: guess });
      assert.deepEqual(await assertRefused(unknown, field), known);
    },
  ),
  testCase("REG-14 REG-17", "the server generates a secret and returns it", async (target) => {
    const { secret, person } = await owner(target);
    assert.match(secret, /^[\x21-\x7e]{27,64}$/);
    assert.notEqual((await register(person)).secret, secret);
  }),
  testCase("REG-9 REG-13 REG-18 ERR-32", "a chosen secret has 8-128 bytes", async (target) => {
    await requireRegistration(target);
    const ada = await target.join();
    for (const [secret, limit] of [
      ["1234567", 8],
      ["é".repeat(65), 128],
    ] as const) {
      const { detail } = await assertRefused(register(ada, secret), { ...wrong, field: "secret" });
      assert.equal(detail?.limit, limit);
    }
    for (const secret of ["12345678", "é".repeat(64)]) {
      assert.equal((await register(ada, secret)).secret, "");
      await enter(target, { nickname: ada.nickname, secret });
    }
  }),
  testCase(
    "REG-15 REG-16",
    "a retry of RegisterNickname returns another secret, which alone is valid",
    async (target) => {
      await requireRegistration(target);
      const ada = await target.join();
      const first = await register(ada, "", "one");
      const second = await register(ada, "", "one");
      assert.notEqual(second.secret, first.secret);
      const { nickname } = ada;
      await assertRefused(enter(target, { nickname, secret: first.secret }), wrong);
      assert.equal((await enter(target, { nickname, secret: second.secret })).id, ada.id);
      const reused = { code: "InvalidArgument", reason: "REQUEST_INVALID", field: "request_id" };
      await assertRefused(register(ada, "12345678", "one"), reused);
    },
  ),
  testCase(
    "ERR-30",
    "a room without space for another registration refuses it, and keeps those it has",
    (target) =>
      onServer(target, "a server with few registrations", ["--max-registrations", "2"], async (small) => {
        const { person: ada, secret } = await owner(small);
        await owner(small);
        const cleo = await small.join();
        await assertRefused(register(cleo), { code: "ResourceExhausted", reason: "ROOM_FULL" });
        await cleo.say("still a guest");
        const { users } = await cleo.chat.listUsers({ prefix: cleo.nickname }, cleo.options);
        assert.deepEqual(
          users.map(({ registered: isRegistered }) => isRegistered),
          [false],
        );
        await logout(cleo);
        await logout(await small.login(cleo.nickname));
        assert.notEqual((await register(ada)).secret, secret);
      }),
  ),
  testCase(
    "REG-8 BYE-12",
    "the owner replaces the secret, and all other sessions of the nickname end",
    async (target) => {
      const { person: ada, secret } = await owner(target);
      const other = await enter(target, { nickname: ada.nickname, secret });
      const [mine, theirs] = [await target.subscribe(ada), await target.subscribe(other)];
      const next = await register(ada);
      const { error, goodbye } = await endOf(theirs);
      assert.deepEqual(error, notLoggedIn);
      assert.equal(goodbye.reason, GoodbyeReason.SESSION_EXPIRED);
      await assertRefused(other.say("no longer"), notLoggedIn);
      await assertRefused(enter(target, { nickname: ada.nickname, secret }), wrong);
      await ada.say("still here");
      await receivedMessage(mine, "still here");
      assert.equal((await enter(target, { nickname: ada.nickname, secret: next.secret })).id, ada.id);
    },
  ),
  testCase(
    "REG-10 REG-11 REG-12 EV-62 EV-36",
    "UnregisterNickname gives a nickname up, and the session goes on as a guest's",
    async (target) => {
      const { person: ada, secret } = await owner(target);
      const room = await target.subscribe(await target.login());
      const other = await enter(target, { nickname: ada.nickname, secret });
      await ada.say("mine");
      for (let i = 0; i < 2; i++) await ada.chat.unregisterNickname({}, ada.options);
      await changed(room, ada.id, false);
      await assertRefused(other.say("no longer"), notLoggedIn);
      await ada.say("a guest's");
      await receivedMessage(room, "a guest's");
      const { events } = await ada.chat.listEvents({}, ada.options);
      const marks = events.flatMap(({ kind }) =>
        kind.case === "groupMessage" && kind.value.senderId === ada.id ? [kind.value.senderRegistered] : [],
      );
      assert.deepEqual(marks, [true, false]);
      await logout(ada);
      await assertRefused(target.login(ada.nickname), registered);
    },
  ),
  testCase(
    "PRES-8 LOGIN-13 LOGIN-27 USER-9 EV-33",
    "two devices of a registered nickname are one member",
    async (target) => {
      const { person: ada, secret } = await owner(target);
      const room = await target.subscribe(await target.login());
      const other = await enter(target, { nickname: ada.nickname, secret });
      assert.deepEqual([other.id, other.leftCursor], [ada.id, ""]);
      assert.notEqual(other.token, ada.token);
      const { users } = await ada.chat.listUsers({ prefix: ada.nickname }, ada.options);
      assert.deepEqual(users, [other.user]);
      const feeds = [await target.subscribe(ada), await target.subscribe(other)];
      await other.say("from there");
      for (const feed of feeds) await receivedMessage(feed, "from there");
      await logout(other);
      await receivedMove(room, "left", ada.nickname);
      const joins = room.events.filter(
        ({ kind }) => kind.case === "joined" && kind.value.user?.id === ada.id,
      );
      assert.deepEqual(joins, []);
    },
  ),
  testCase("LOGIN-14", "a member whose connections are lost is taken over", async (target) => {
    const { person: ada, secret } = await owner(target);
    const room = await target.subscribe(await target.login());
    await (await target.subscribe(ada)).close();
    const other = await enter(target, { nickname: ada.nickname, secret });
    await other.say("taken over");
    await receivedMessage(room, "taken over");
    const moves = room.events.filter(
      ({ kind }) => (kind.case === "joined" || kind.case === "left") && kind.value.user?.id === ada.id,
    );
    assert.deepEqual(moves, []);
    await logout(other);
  }),
  testCase("EV-36 EV-37", "messages say whether the nickname is the sender's own", async (target) => {
    const { person: ada } = await owner(target);
    const guest = await target.login();
    const room = await target.subscribe(guest);
    await ada.say("own");
    await ada.sendTo(guest.nickname, "own, too");
    await guest.say("not own");
    const marks = [
      (await receivedMessage(room, "own")).kind.value.senderRegistered,
      (await receivedPrivate(room, "own, too")).kind.value.senderRegistered,
      (await receivedMessage(room, "not own")).kind.value.senderRegistered,
    ];
    assert.deepEqual(marks, [true, true, false]);
  }),
  testCase(
    "ST-17 ST-20 LOGIN-27",
    "a message to an absent owner is stored, and received from left_cursor on",
    async (target) => {
      const { id, nickname, secret } = await absent(target);
      const bob = await target.join();
      const room = await target.subscribe(bob);
      const sent = await bob.sendTo(nickname.toUpperCase(), "stored");
      assert.ok(sent.stored);
      assert.equal(sent.recipientPresence, Presence.UNSPECIFIED);
      const byId = { recipient: nickname, recipientId: id, text: "by id" };
      assert.ok((await bob.chat.sendTo(byId, bob.options)).stored);
      const back = await enter(target, { nickname, secret });
      assert.notEqual(back.leftCursor, "");
      const feed = await target.subscribe(back, { after: back.leftCursor });
      for (const text of ["stored", "by id"]) await receivedPrivate(feed, text);
      assert.equal((await bob.sendTo(nickname, "present")).stored, false);
      await logout(back);
      await receivedMove(room, "left", nickname);
      assert.ok(!room.events.some(({ kind }) => kind.case === "undelivered"));
    },
  ),
  testCase("ST-17", "what an owner was not written before it left is received later", async (target) => {
    const { person: ada, secret } = await owner(target);
    const bob = await target.join();
    const room = await target.subscribe(bob);
    await bob.sendTo(ada.nickname, "not written");
    await logout(ada);
    await receivedMove(room, "left", ada.nickname);
    const back = await enter(target, { nickname: ada.nickname, secret });
    const feed = await target.subscribe(back, { after: back.leftCursor });
    await receivedPrivate(feed, "not written");
    assert.ok(!room.events.some(({ kind }) => kind.case === "undelivered"));
    await logout(back);
  }),
  testCase(
    "ST-18",
    "a gap is in the place of stored messages that are no longer kept",
    (target) => {
      const flags = ["--keep-events", "100", "--ring-events", "64"];
      return onServer(target, "a server that keeps few messages", flags, async (small) => {
        const { nickname, secret } = await absent(small);
        const bob = await small.join();
        await bob.sendTo(nickname, "the first");
        for (let i = 0; i < 300; i++) await bob.say(`${i}`);
        const back = await enter(small, { nickname, secret });
        const feed = await small.subscribe(back, { after: back.leftCursor });
        assert.ok(feed.items.some(({ kind }) => kind.case === "gap"));
        await logout(back);
      });
    },
    MANY_CALLS_MS,
  ),
  testCase(
    "REG-3 ERR-19",
    "after 10 wrong secrets within 10 minutes, further ones have to wait",
    (target) =>
      onServer(target, "a server on which no one else is kept out", [], async (other) => {
        const { nickname, secret } = await absent(other);
        const guess = { nickname, secret: otherThan(secret) };
        for (let i = 0; i < 10; i++) await assertRefused(enter(other, guess), wrong);
        const { detail } = await assertRefused(enter(other, guess), limited);
        assert.ok(detail?.retryDelay);
      }),
    MANY_CALLS_MS,
  ),
  testCase(
    "AUTH-2 AUTH-3",
    "an absent owner sends messages by Basic authentication, and neither joins nor leaves",
    async (target) => {
      const { id, nickname, secret } = await absent(target);
      const bob = await target.login();
      const room = await target.subscribe(bob);
      const post = basic(nickname, secret);
      const first = await target.anonymous.broadcast({ text: "posted", requestId: "one" }, post);
      const again = await target.anonymous.broadcast({ text: "posted", requestId: "one" }, post);
      assert.deepEqual([again.id, again.duplicate], [first.id, true]);
      await target.anonymous.sendTo({ recipient: bob.nickname, text: "to you" }, post);
      const { value } = (await receivedMessage(room, "posted")).kind;
      assert.deepEqual([value.senderId, value.sender, value.senderRegistered], [id, nickname, true]);
      await receivedPrivate(room, "to you");
      const moves = room.events.filter(
        ({ kind }) => (kind.case === "joined" || kind.case === "left") && kind.value.user?.id === id,
      );
      assert.deepEqual(moves, []);
      const { users } = await bob.chat.listUsers({ prefix: nickname }, bob.options);
      assert.deepEqual(users, []);
    },
  ),
  testCase("AUTH-4", "the rules of a text apply to a post by Basic authentication", async (target) => {
    const { nickname, secret } = await absent(target);
    await assertRefused(target.anonymous.broadcast({ text: " " }, basic(nickname, secret)), {
      code: "InvalidArgument",
      reason: "TEXT_INVALID",
      field: "text",
    });
  }),
  testCase(
    "AUTH-5",
    "Basic authentication is for Broadcast and SendTo, with a secret that the server generated",
    async (target) => {
      const { nickname, secret } = await absent(target);
      const chosen = await target.join();
      await register(chosen, "correct horse");
      const { anonymous } = target;
      for (const post of [basic(nickname, otherThan(secret)), basic(chosen.nickname, "correct horse")]) {
        await assertRefused(anonymous.broadcast({ text: "no" }, post), wrong);
        await assertRefused(anonymous.sendTo({ recipient: nickname, text: "no" }, post), wrong);
      }
      await assertRefused(anonymous.listUsers({}, basic(nickname, secret)), notLoggedIn);
    },
  ),
  testCase(
    "ROOM-11 LOGIN-18 LOGIN-19 ERR-33",
    "a room that asks for an invite admits guests with the passphrase, and owners without",
    (target) =>
      withPassphrase(target, async (room, invite) => {
        assert.equal((await room.anonymous.getRoom({})).room?.entry, Entry.INVITE);
        const nickname = room.nickname();
        for (const other of ["", `${invite}x`])
          await assertRefused(enter(room, { nickname, invite: other }), noInvite);
        const guest = await enter(room, { nickname, invite });
        const { secret } = await register(guest);
        await logout(guest);
        await logout(await enter(room, { nickname, secret }));
      }),
  ),
  testCase(
    "REG-4",
    "after 10 wrong passphrases within 10 minutes, further ones from the address have to wait",
    (target) =>
      withPassphrase(
        target,
        async (room, invite) => {
          const nickname = room.nickname();
          for (let i = 0; i < 10; i++)
            await assertRefused(enter(room, { nickname, invite: "nonesuch" }), noInvite);
          await assertRefused(enter(room, { nickname, invite }), limited);
        },
        "--exempt",
        "none",
      ),
    MANY_CALLS_MS,
  ),
  testCase("ROOM-12 ERR-36", "a room for registered nicknames refuses guests", (target) =>
    onServer(target, "a server that does not have to be empty", ["--entry", "registered"], async (room) => {
      assert.equal((await room.anonymous.getRoom({})).room?.entry, Entry.REGISTERED);
      const refusal = { code: "PermissionDenied", reason: "REGISTRATION_REQUIRED" };
      await assertRefused(room.login(), refusal);
    }),
  ),
];

/** Runs a check on a server whose room asks for an invite, with its passphrase. */
async function withPassphrase(
  target: Target,
  check: (room: Target, passphrase: string) => Promise<void>,
  ...flags: string[]
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "parlance-conformance-"));
  try {
    const file = join(folder, "passphrase");
    writeFileSync(file, "open sesame\n");
    const all = ["--entry", "invite", "--passphrase-file", file, ...flags];
    await onServer(target, "a room with a known passphrase", all, (room) => check(room, "open sesame"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
