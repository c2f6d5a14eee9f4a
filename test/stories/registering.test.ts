import type { MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import type { LoginRequestSchema } from "../../gen/parlance/v1/chat_service_pb.js";
import { GoodbyeReason } from "../../gen/parlance/v1/event_pb.js";
import { type Person, personOf, refused } from "../support/people.js";
import { everyTransport, openRoom, type Room } from "./room.js";

const DAY_MS = 86_400_000;
const GRACE_MS = 30_000;

/** Logs in with all that a request may have. */
async function enter(room: Room, request: MessageInitShape<typeof LoginRequestSchema>) {
  const response = await room.anonymous().chat.login(request);
  const { token, user, leftCursor } = response;
  return { ...personOf(room.transport, user!.nickname, user!.id, token), user: user!, leftCursor };
}

const register = (person: Person, secret = "", requestId = "") =>
  person.chat.registerNickname({ secret, requestId }, person.options);
const unregister = (person: Person) => person.chat.unregisterNickname({}, person.options);
const logout = (person: Person) => person.chat.logout({}, person.options);

/** A member that has registered and left. */
async function absent(room: Room, nickname: string) {
  const guest = await room.join(nickname);
  const { secret } = await register(guest);
  await logout(guest);
  return { id: guest.id, nickname, secret };
}

describe.each(everyTransport)("registering over %s", (over) => {
  test("a nickname is its owner's, under one id, also while the owner is away", async () => {
    const room = await openRoom(over);
    const bob = await room.join("bob");
    const feed = bob.listen();
    await feed.next("caughtUp");
    const guest = await room.join("Coco");
    const { secret, user } = await register(guest);
    expect(secret).toMatch(/^prl_[\w-]{27}$/);
    expect(user).toMatchObject({ id: guest.id, nickname: "Coco", registered: true });
    expect((await feed.next("userChanged")).kind.value.user).toEqual(user);
    await guest.say("mine");
    expect((await feed.next("groupMessage")).kind.value).toMatchObject({ senderRegistered: true });
    await logout(guest);
    // Cyrillic letters that look like these.
    for (const nickname of ["coco", "сосо"]) {
      const refusal = await refused(enter(room, { nickname }));
      expect(refusal).toMatchObject({ code: "AlreadyExists", reason: "NICKNAME_REGISTERED" });
      expect(refusal.detail).toMatchObject({ field: "nickname", suggestion: `${nickname}2` });
    }
    const back = await enter(room, { nickname: "COCO", secret });
    expect(back.user).toMatchObject({ id: guest.id, nickname: "Coco", registered: true });
    expect(await refused(guest.say("with the token of an earlier stay"))).toMatchObject({
      reason: "NOT_LOGGED_IN",
    });
  });

  test("a wrong secret and one for an unknown nickname cannot be told apart", async () => {
    const room = await openRoom(over);
    const { secret } = await absent(room, "ada");
    const wrong = `${secret.slice(0, -4)}AAAA`;
    const refusals = [
      await refused(enter(room, { nickname: "ada", secret: wrong })),
      await refused(enter(room, { nickname: "nobody1", secret: wrong })),
    ];
    expect(refusals[0]).toMatchObject({ code: "PermissionDenied", reason: "SECRET_INVALID" });
    expect(refusals[0]!.detail).toMatchObject({ field: "secret" });
    expect(refusals[1]).toEqual(refusals[0]);
  });

  test("a chosen secret has 8 to 128 bytes", async () => {
    const room = await openRoom(over);
    const ada = await room.join("ada");
    for (const [secret, limit] of [
      ["1234567", 8],
      ["é".repeat(65), 128],
    ] as const) {
      const refusal = await refused(register(ada, secret));
      expect(refusal).toMatchObject({ reason: "SECRET_INVALID", detail: { field: "secret", limit } });
      expect(refusal.message).toBe(`a secret has at ${limit === 8 ? "least" : "most"} ${limit} bytes`);
    }
    expect((await register(ada, "correct horse")).secret).toBe("");
    await logout(ada);
    expect(await refused(enter(room, { nickname: "ada", secret: "correct mouse" }))).toMatchObject({
      reason: "SECRET_INVALID",
    });
    expect((await enter(room, { nickname: "ada", secret: "correct horse" })).id).toBe(ada.id);
  });

  test("another device is the same member, without a second joined, and left follows the last", async () => {
    const room = await openRoom(over);
    const [bob, guest] = [await room.join("bob"), await room.join("ada")];
    const { secret } = await register(guest);
    const watching = bob.listen();
    await watching.next("caughtUp");
    const other = await enter(room, { nickname: "ada", secret });
    expect([other.id, other.leftCursor]).toEqual([guest.id, ""]);
    expect(other.token).not.toBe(guest.token);
    const feeds = [guest.listen(), other.listen()];
    for (const feed of feeds) await feed.next("caughtUp");
    await bob.sendTo("ada", "both");
    for (const feed of feeds) await feed.next("privateMessage");
    await feeds[0]!.close();
    await room.hasFeeds(2);
    room.clock.advance(2 * GRACE_MS);
    await other.say("still here");
    await logout(other);
    await watching.next("left");
    expect(watching.summary()).toEqual(["hello", "caughtUp", "bob -> ada: both", "ada: still here", "-ada"]);
  });

  test("the owner replaces the secret, and all other sessions end", async () => {
    const room = await openRoom(over);
    const guest = await room.join("ada");
    const { secret } = await register(guest);
    const other = await enter(room, { nickname: "ada", secret });
    const [mine, theirs] = [guest.listen(), other.listen()];
    for (const feed of [mine, theirs]) await feed.next("caughtUp");
    const { secret: next } = await register(guest);
    expect(next).not.toBe(secret);
    expect((await theirs.next("goodbye")).kind.value).toMatchObject({
      reason: GoodbyeReason.SESSION_EXPIRED,
      reconnect: false,
    });
    expect((await theirs.ended)?.code).toBe(16); // unauthenticated
    expect(await refused(other.say("no longer"))).toMatchObject({ reason: "NOT_LOGGED_IN" });
    expect(await refused(enter(room, { nickname: "ada", secret }))).toMatchObject({
      reason: "SECRET_INVALID",
    });
    await guest.say("still here");
    await mine.next("groupMessage");
    expect((await enter(room, { nickname: "ada", secret: next })).id).toBe(guest.id);
  });

  test("a retry returns another secret, which alone is valid, and ends no session", async () => {
    const room = await openRoom(over);
    const guest = await room.join("ada");
    const first = await register(guest, "", "r1");
    const other = await enter(room, { nickname: "ada", secret: first.secret });
    const second = await register(guest, "", "r1");
    expect(second.secret).not.toBe(first.secret);
    await other.say("still here");
    expect(await refused(enter(room, { nickname: "ada", secret: first.secret }))).toMatchObject({
      reason: "SECRET_INVALID",
    });
    await enter(room, { nickname: "ada", secret: second.secret });
    expect(await refused(register(guest, "correct horse", "r1"))).toMatchObject({
      reason: "REQUEST_INVALID",
      detail: { field: "request_id" },
    });
    expect(await refused(guest.say("another RPC", "r1"))).toMatchObject({ reason: "REQUEST_INVALID" });
  });

  test("a nickname that was given up is closed to others while the log may have its messages", async () => {
    const room = await openRoom(over, "--keep-days", "2");
    const bob = await room.join("bob");
    const feed = bob.listen();
    await feed.next("caughtUp");
    const ada = await room.join("coco");
    const { secret } = await register(ada);
    const other = await enter(room, { nickname: "coco", secret });
    await unregister(ada);
    await feed.next("userChanged");
    expect((await feed.next("userChanged")).kind.value.user).toMatchObject({
      id: ada.id,
      registered: false,
    });
    expect(await refused(other.say("no longer"))).toMatchObject({ reason: "NOT_LOGGED_IN" });
    await unregister(ada);
    await ada.say("as a guest");
    expect((await feed.next("groupMessage")).kind.value).toMatchObject({
      senderId: ada.id,
      senderRegistered: false,
    });
    await logout(ada);
    for (const request of [{ nickname: "coco" }, { nickname: "сосо" }])
      expect(await refused(enter(room, request))).toMatchObject({ reason: "NICKNAME_REGISTERED" });
    expect(await refused(enter(room, { nickname: "coco", secret }))).toMatchObject({
      reason: "SECRET_INVALID",
    });
    room.clock.advance(2 * DAY_MS + 1);
    expect((await enter(room, { nickname: "coco" })).id).not.toBe(ada.id);
  });

  test("who gave a nickname up may register it again in the same stay", async () => {
    const room = await openRoom(over);
    const ada = await room.join("ada");
    await register(ada);
    await unregister(ada);
    const { secret } = await register(ada);
    await logout(ada);
    expect((await enter(room, { nickname: "ada", secret })).id).toBe(ada.id);
  });

  test("a silent login can register, and the room does not learn of it", async () => {
    const room = await openRoom(over);
    const bob = await room.join("bob");
    const feed = bob.listen();
    await feed.next("caughtUp");
    const ada = await room.login("ada");
    const { user, secret } = await register(ada);
    expect(user).toMatchObject({ registered: true });
    await ada.say("hi");
    expect((await feed.next("joined")).kind.value.user).toMatchObject({ id: ada.id, registered: true });
    await feed.next("groupMessage");
    expect(feed.summary()).toEqual(["hello", "caughtUp", "+ada", "ada: hi"]);
    await logout(ada);
    expect((await enter(room, { nickname: "ada", secret })).id).toBe(ada.id);
  });
});

describe.each(everyTransport)("messages to an absent owner over %s", (over) => {
  test("are stored, received from left_cursor on, and never reported as undelivered", async () => {
    const room = await openRoom(over);
    const bob = await room.join("bob");
    const watching = bob.listen();
    await watching.next("caughtUp");
    const guest = await room.join("ada");
    const { secret } = await register(guest);
    const first = guest.listen();
    await first.next("caughtUp");
    await first.close();
    await room.hasFeeds(1);
    // In the room, without a feed.
    expect(await bob.sendTo("ada", "one")).toMatchObject({ stored: false });
    await logout(guest);
    await watching.next("left");
    const sent = await bob.sendTo("ADA", "two", "r");
    expect(sent).toMatchObject({ stored: true, recipientPresence: 0, duplicate: false });
    expect(await bob.sendTo("ADA", "two", "r")).toMatchObject({ stored: true, duplicate: true, id: sent.id });
    await bob.chat.sendTo({ recipient: "ada", recipientId: guest.id, text: "three" }, bob.options);
    expect(
      await refused(bob.chat.sendTo({ recipient: "ada", recipientId: "x", text: "no" }, bob.options)),
    ).toMatchObject({ reason: "USER_NOT_FOUND", detail: { field: "recipient_id" } });
    await bob.say("to all");
    const back = await enter(room, { nickname: "ada", secret });
    const feed = back.listen({ after: back.leftCursor });
    await feed.next("caughtUp");
    expect(feed.summary()).toEqual([
      "hello",
      "bob -> ada: one",
      "-ada",
      "bob -> ada: two",
      "bob -> ada: three",
      "bob: to all",
      "+ada",
      "caughtUp",
    ]);
    await watching.next("joined");
    expect(watching.summary().filter((line) => line.startsWith("undelivered"))).toEqual([]);
  });

  test("a stay that reads no feed receives nothing, so that the next one does", async () => {
    const room = await openRoom(over);
    const bob = await room.join("bob");
    const { secret } = await absent(room, "ada");
    await bob.sendTo("ada", "psst");
    const program = await enter(room, { nickname: "ada", secret });
    await program.say("beep");
    await logout(program);
    const back = await enter(room, { nickname: "ada", secret });
    const feed = back.listen({ after: back.leftCursor });
    await feed.next("caughtUp");
    expect(feed.summary()).toContain("bob -> ada: psst");
  });

  test("group messages that its owner ignored are not replayed in the next stay", async () => {
    const room = await openRoom(over);
    const bob = await room.join("bob");
    const ada = await room.join("ada");
    const { secret } = await register(ada);
    await ada.chat.toggleIgnore({ ignoring: true }, ada.options);
    await logout(ada);
    await bob.say("to all");
    await bob.sendTo("ada", "to you");
    const back = await enter(room, { nickname: "ada", secret });
    const feed = back.listen({ after: back.leftCursor });
    expect((await feed.next("hello")).kind.value).toMatchObject({ ignoring: true });
    await feed.next("caughtUp");
    expect(feed.summary()).toEqual([
      "hello",
      "userChanged",
      "ignoring: true",
      "-ada",
      "bob -> ada: to you",
      "+ada",
      "caughtUp",
    ]);
  });
});
