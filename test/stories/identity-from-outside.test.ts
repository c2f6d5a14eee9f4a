/** Persons whom an application, or a proxy, vouches for. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { SignJWT } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";
import type { LoginRequestSchema } from "../../gen/parlance/v1/chat_service_pb.js";
import { GoodbyeReason } from "../../gen/parlance/v1/event_pb.js";
import { Entry } from "../../gen/parlance/v1/room_pb.js";
import { Role } from "../../gen/parlance/v1/user_pb.js";
import { type Person, personOf, refused } from "../support/people.js";
import { listen } from "../support/server.js";
import { everyTransport, openRoom, type Room } from "./room.js";

const SECRET = "0123456789abcdef0123456789abcdef";
const ISSUER = "https://shop.example.org";
const LIFETIME_S = 600;

/** A room that takes the tokens of an application. */
async function openWithTokens(over: (typeof everyTransport)[number], ...flags: string[]) {
  const folder = mkdtempSync(join(tmpdir(), "parlance-secret-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "secret");
  writeFileSync(path, `${SECRET}\n`);
  const access = ["--access-secret-file", path, "--access-issuer", ISSUER, "--access-audience", "chat"];
  const room = await openRoom(over, ...access, ...flags);
  const tokenFor = (sub: string, nickname: string, more: object = {}) => {
    const exp = Math.floor(room.clock.now() / 1_000) + LIFETIME_S;
    const claims = { iss: ISSUER, aud: "chat", sub, exp, nickname, ...more };
    const header = { alg: "HS256" };
    return new SignJWT(claims).setProtectedHeader(header).sign(new TextEncoder().encode(SECRET));
  };
  const enter = async (sub: string, nickname: string, more: object = {}) =>
    loggedIn(room, { accessToken: await tokenFor(sub, nickname, more) });
  return { ...room, tokenFor, enter };
}

async function loggedIn(room: Room, request: MessageInitShape<typeof LoginRequestSchema>) {
  const { token, user, expireTime, leftCursor } = await room.anonymous().chat.login(request);
  return {
    ...personOf(room.transport, user!.nickname, user!.id, token),
    user: user!,
    expireTime,
    leftCursor,
  };
}

const logout = (person: Person) => person.chat.logout({}, person.options);

describe.each(everyTransport)("an access token over %s", (over) => {
  test("lets its person in under its nickname, registered, with the same id in every stay", async () => {
    const room = await openWithTokens(over, "--entry", "external");
    const { room: state } = await room.anonymous().chat.getRoom({});
    expect(state).toMatchObject({ entry: Entry.EXTERNAL });
    const ada = await room.enter("user 7", "ada", { role: "moderator", bot: true });
    expect(ada.user).toMatchObject({ nickname: "ada", registered: true, role: Role.MODERATOR, bot: true });
    expect(timestampMs(ada.expireTime!) - room.clock.now()).toBeGreaterThan((LIFETIME_S - 1) * 1_000);
    await ada.say("hello");
    await logout(ada);
    const back = await room.enter("user 7", "ada");
    expect(back.user).toMatchObject({ id: ada.id, registered: true, role: Role.UNSPECIFIED, bot: false });
    expect(back.leftCursor).not.toBe("");
    expect((await room.enter("user 8", "bob")).id).not.toBe(ada.id);
  });

  test("is another device of the person who is there", async () => {
    const room = await openWithTokens(over);
    const ada = await room.enter("user 7", "ada");
    const feed = ada.listen();
    await feed.next("caughtUp");
    const phone = await room.enter("user 7", "countess");
    expect([phone.id, phone.nickname]).toEqual([ada.id, "ada"]);
    await phone.say("from the phone");
    expect((await feed.next("groupMessage")).kind.value).toMatchObject({ senderId: ada.id });
  });

  test("ends its session when it expires, and with the next one the stay goes on unnoticed", async () => {
    const room = await openWithTokens(over);
    const bob = await room.join("bob");
    const other = bob.listen();
    await other.next("caughtUp");
    const ada = await room.enter("user 7", "ada");
    const feed = ada.listen();
    await feed.next("caughtUp");
    await other.next("joined");
    room.clock.advance(LIFETIME_S * 1_000);
    const goodbye = await feed.next("goodbye");
    expect(goodbye.kind.value).toMatchObject({ reason: GoodbyeReason.SESSION_EXPIRED });
    expect(await refused(ada.say("late"))).toMatchObject({ reason: "NOT_LOGGED_IN" });
    const again = await room.enter("user 7", "ada");
    expect(again.id).toBe(ada.id);
    await again.say("still here");
    const next = await other.next("groupMessage");
    expect(next.kind.value).toMatchObject({ text: "still here" });
    expect(other.items.map(({ kind }) => kind.case)).not.toContain("left");
  });

  test("whose person is called otherwise by now frees the old nickname for nobody, and takes the new one", async () => {
    const room = await openWithTokens(over);
    const ada = await room.enter("user 7", "ada");
    await ada.say("hello");
    await logout(ada);
    const renamed = await room.enter("user 7", "countess");
    expect(renamed.user).toMatchObject({ id: ada.id, nickname: "countess" });
    expect(await refused(room.login("ada"))).toMatchObject({ reason: "NICKNAME_REGISTERED" });
    expect(await refused(room.enter("user 8", "countess"))).toMatchObject({ reason: "NICKNAME_REGISTERED" });
  });

  test("cannot take the nickname of a guest who is there, and suggests one for a name that is none", async () => {
    const room = await openWithTokens(over);
    await room.join("ada");
    expect(await refused(room.enter("user 7", "ada"))).toMatchObject({ reason: "NICKNAME_TAKEN" });
    const invalid = await refused(room.enter("user 7", "John Smith"));
    expect(invalid).toMatchObject({ reason: "NICKNAME_INVALID", detail: { suggestion: "John_Smith" } });
  });

  test("gives its person no secret, and no way to give the nickname up", async () => {
    const room = await openWithTokens(over);
    const ada = await room.enter("user 7", "ada");
    const register = ada.chat.registerNickname({}, ada.options);
    const unregister = ada.chat.unregisterNickname({}, ada.options);
    for (const call of [register, unregister])
      expect(await refused(call)).toMatchObject({ code: "PermissionDenied", reason: "NOT_ALLOWED" });
  });

  test("that is wrong is refused, and so is one beside a secret or where none is taken", async () => {
    const room = await openWithTokens(over, "--entry", "external");
    const expired = await room.tokenFor("user 7", "ada", { exp: Math.floor(room.clock.now() / 1_000) - 1 });
    for (const accessToken of [expired, "nonsense"])
      expect(await refused(loggedIn(room, { accessToken }))).toMatchObject({
        code: "PermissionDenied",
        reason: "ACCESS_TOKEN_INVALID",
        detail: { field: "access_token" },
      });
    expect(await refused(room.login("guest"))).toMatchObject({ reason: "ACCESS_TOKEN_INVALID" });
    const accessToken = await room.tokenFor("user 7", "ada");
    expect(await refused(loggedIn(room, { accessToken, secret: "s" }))).toMatchObject({
      reason: "REQUEST_INVALID",
    });
    const plain = await openRoom(over);
    expect(await refused(loggedIn(plain, { accessToken }))).toMatchObject({ reason: "ACCESS_TOKEN_INVALID" });
  });

  test("keeps private messages for its person who is away", async () => {
    const room = await openWithTokens(over);
    const ada = await room.enter("user 7", "ada");
    await ada.say("hello");
    await logout(ada);
    const bob = await room.join("bob");
    expect(await bob.sendTo("ada", "for later")).toMatchObject({ stored: true });
    const back = await room.enter("user 7", "ada");
    const feed = back.listen({ after: back.leftCursor });
    expect((await feed.next("privateMessage")).kind.value).toMatchObject({ text: "for later" });
  });
});

describe("a header of a trusted proxy", () => {
  async function post(url: string, headers: Record<string, string>) {
    const response = await fetch(`${url}/parlance.v1.ChatService/Login`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: "{}",
    });
    return (await response.json()) as { user?: { nickname: string; id: string; registered?: boolean } };
  }

  test("names the person, who is asked for nothing", async () => {
    const header = ["--trust-header", "X-Forwarded-User", "--entry", "external"];
    const { url, close } = await listen("--trusted-proxy", "127.0.0.1", ...header);
    onTestFinished(close);
    const first = await post(url, { "x-forwarded-user": "ada" });
    expect(first.user).toMatchObject({ nickname: "ada", registered: true });
    expect((await post(url, { "x-forwarded-user": "ada" })).user?.id).toBe(first.user?.id);
    expect(await post(url, {})).toMatchObject({ code: "permission_denied" });
  });

  test("counts for nothing from anywhere else", async () => {
    const header = ["--trust-header", "X-Forwarded-User", "--entry", "external"];
    const { url, close } = await listen("--trusted-proxy", "192.0.2.1", ...header);
    onTestFinished(close);
    expect(await post(url, { "x-forwarded-user": "ada" })).toMatchObject({ code: "permission_denied" });
  });
});
