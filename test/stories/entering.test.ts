import { Buffer } from "node:buffer";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Entry } from "../../gen/parlance/v1/room_pb.js";
import { refused } from "../support/people.js";
import { everyTransport, openRoom, type Room } from "./room.js";

const folder = mkdtempSync(join(tmpdir(), "parlance-passphrase-"));
const file = join(folder, "passphrase");
writeFileSync(file, "open sesame\n");
afterAll(() => rmSync(folder, { recursive: true }));

async function registered(room: Room, nickname: string, invite = "") {
  const { chat } = room.anonymous();
  const { token, user } = await chat.login({ nickname, invite });
  const options = { headers: { authorization: `Bearer ${token}` } };
  const { secret } = await chat.registerNickname({}, options);
  await chat.logout({}, options);
  return { id: user!.id, secret };
}

describe.each(everyTransport)("entering over %s", (over) => {
  test("a room that asks for an invite admits guests with the passphrase, and registered nicknames without", async () => {
    const room = await openRoom(over, "--entry", "invite", "--passphrase-file", file);
    const { chat } = room.anonymous();
    expect((await chat.getRoom({})).room?.entry).toBe(Entry.INVITE);
    for (const invite of ["", "open sesam", "open sesame "]) {
      const refusal = await refused(chat.login({ nickname: "eve", invite }));
      expect(refusal).toMatchObject({ code: "PermissionDenied", reason: "INVITE_INVALID" });
      expect(refusal.detail?.field).toBe("invite");
    }
    const { id, secret } = await registered(room, "ada", "open sesame");
    const { user } = await chat.login({ nickname: "ada", secret });
    expect(user?.id).toBe(id);
  });

  test("a retry of a Login with the passphrase is the same member", async () => {
    const room = await openRoom(over, "--entry", "invite", "--passphrase-file", file);
    const { chat } = room.anonymous();
    const request = { nickname: "ada", requestId: "0123456789abcdef", invite: "open sesame" };
    const [first, second] = [await chat.login(request), await chat.login(request)];
    expect(second.user).toEqual(first.user);
  });

  test("a room for registered nicknames refuses guests", async () => {
    const room = await openRoom(over, "--entry", "registered");
    const { chat } = room.anonymous();
    expect((await chat.getRoom({})).room?.entry).toBe(Entry.REGISTERED);
    expect(await refused(chat.login({ nickname: "eve" }))).toMatchObject({
      code: "PermissionDenied",
      reason: "REGISTRATION_REQUIRED",
    });
  });

  test("who guesses the secret of a nickname is slowed down", async () => {
    const room = await openRoom(over);
    const { secret } = await registered(room, "ada");
    const { chat } = room.anonymous();
    const guess = `${secret.slice(0, -3)}AAA`;
    for (let i = 0; i < 10; i++)
      expect(await refused(chat.login({ nickname: "ada", secret: guess }))).toMatchObject({
        reason: "SECRET_INVALID",
      });
    const refusal = await refused(chat.login({ nickname: "ADA", secret }));
    expect(refusal).toMatchObject({ code: "ResourceExhausted", reason: "RATE_LIMITED" });
    expect(refusal.detail?.retryDelay).toBeDefined();
  });
});

const basic = (nickname: string, secret: string) => ({
  headers: { authorization: `Basic ${Buffer.from(`${nickname}:${secret}`).toString("base64")}` },
});

describe.each(everyTransport)("posting without a stay over %s", (over) => {
  test("a message of an absent owner is sent, and nobody joins or leaves", async () => {
    const room = await openRoom(over);
    const { id, secret } = await registered(room, "小明");
    const bob = await room.join("bob");
    const feed = bob.listen();
    await feed.next("caughtUp");
    const { chat } = room.anonymous();
    const post = basic("小明", secret);
    const first = await chat.broadcast({ text: "one", requestId: "r" }, post);
    expect(await chat.broadcast({ text: "one", requestId: "r" }, post)).toMatchObject({
      id: first.id,
      duplicate: true,
    });
    await chat.sendTo({ recipient: "bob", text: "two" }, post);
    expect((await feed.next("groupMessage")).kind.value).toMatchObject({
      sender: "小明",
      senderId: id,
      senderRegistered: true,
    });
    await feed.next("privateMessage");
    expect(feed.summary()).toEqual(["hello", "caughtUp", "小明: one", "小明 -> bob: two"]);
    const { users } = await bob.chat.listUsers({}, bob.options);
    expect(users.map(({ nickname }) => nickname)).toEqual(["bob"]);
    expect((await chat.login({ nickname: "小明", secret })).user?.id).toBe(id);
  });

  test("of an owner in the room, it is sent as the member; a silent login stays silent", async () => {
    const room = await openRoom(over);
    const { id, secret } = await registered(room, "ada");
    const bob = await room.join("bob");
    const feed = bob.listen();
    await feed.next("caughtUp");
    const { chat } = room.anonymous();
    const { token } = await chat.login({ nickname: "ada", secret });
    await chat.broadcast({ text: "silent" }, basic("ada", secret));
    const options = { headers: { authorization: `Bearer ${token}` } };
    await chat.broadcast({ text: "joined" }, options);
    await chat.broadcast({ text: "present" }, basic("ada", secret));
    await chat.logout({}, options);
    await feed.next("left");
    expect(feed.summary()).toEqual([
      "hello",
      "caughtUp",
      "ada: silent",
      "+ada",
      "ada: joined",
      "ada: present",
      "-ada",
    ]);
    expect(feed.events.map(({ kind }) => kind.case === "groupMessage" && kind.value.senderId)).toContain(id);
  });

  test("the rate limit and the rules of a text apply", async () => {
    const room = await openRoom(over, "--rate", "1", "--burst", "2");
    const { secret } = await registered(room, "ada");
    const { chat } = room.anonymous();
    const post = basic("ada", secret);
    expect(await refused(chat.broadcast({ text: "" }, post))).toMatchObject({ reason: "TEXT_INVALID" });
    for (let i = 0; i < 2; i++) await chat.broadcast({ text: "hi" }, post);
    expect(await refused(chat.broadcast({ text: "hi" }, post))).toMatchObject({ reason: "RATE_LIMITED" });
  });

  test("is refused with a wrong or a chosen secret, and for another RPC", async () => {
    const room = await openRoom(over);
    const { secret } = await registered(room, "ada");
    const bob = await room.join("bob");
    await bob.chat.registerNickname({ secret: "correct horse" }, bob.options);
    const { chat } = room.anonymous();
    const wrong = [
      basic("ada", `${secret.slice(0, -3)}AAA`),
      basic("bob", "correct horse"),
      basic("eve", ""),
    ];
    for (const options of wrong)
      expect(await refused(chat.broadcast({ text: "hi" }, options))).toMatchObject({
        code: "PermissionDenied",
        reason: "SECRET_INVALID",
      });
    expect(await refused(chat.listUsers({}, basic("ada", secret)))).toMatchObject({
      code: "Unauthenticated",
      reason: "NOT_LOGGED_IN",
    });
  });
});
