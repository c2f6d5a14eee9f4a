import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { GoodbyeReason } from "../../../gen/parlance/v1/event_pb.js";
import { Entry } from "../../../gen/parlance/v1/room_pb.js";
import { Role } from "../../../gen/parlance/v1/user_pb.js";
import { type Person, personOf } from "../../support/people.js";
import { assertRefused, endOf, eventsOf, receivedMessage } from "../assertions.js";
import { testCase } from "../case.js";
import { onServer } from "../servers.js";
import { staffed } from "../staff.js";
import type { Target } from "../target.js";

const SECRET = "a secret of the suite with more than 32 bytes";
const ISSUER = "https://application.example";
const AUDIENCE = "conformance";
const refusedToken = { code: "PermissionDenied", reason: "ACCESS_TOKEN_INVALID", field: "access_token" };

const nowSeconds = () => Math.floor(Date.now() / 1_000);
/** What a token has that is accepted; for ten minutes. */
const valid = (sub: string, more: JWTPayload = {}): JWTPayload => {
  return { iss: ISSUER, aud: AUDIENCE, exp: nowSeconds() + 600, sub, ...more };
};
const sign = (claims: JWTPayload, secret = SECRET) =>
  new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(secret));

async function enter(target: Target, claims: JWTPayload, nickname = "") {
  const accessToken = await sign(claims);
  const { token, user, expireTime } = await target.anonymous.login({ nickname, accessToken });
  assert.ok(user);
  return { ...personOf(target.transport, user.nickname, user.id, token), user, expireTime };
}

const logout = (person: Person) => person.chat.logout({}, person.options);

/** Runs a check on a server that takes the tokens of this suite. */
async function withTokens(
  target: Target,
  check: (room: Target) => Promise<void>,
  flags: readonly string[] = [],
  start: typeof onServer = onServer,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "parlance-conformance-"));
  try {
    const file = join(folder, "secret");
    writeFileSync(file, SECRET);
    const access = ["--access-secret-file", file, "--access-issuer", ISSUER, "--access-audience", AUDIENCE];
    await start(target, "a server that takes access tokens", [...access, ...flags], check);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const accessTokenCases = [
  testCase(
    "LOGIN-22 LOGIN-23 USER-7",
    "an access token names its person, who is always the same for issuer and subject",
    (target) =>
      withTokens(target, async (room) => {
        const [name, other] = [room.nickname(), room.nickname()];
        const claims = { nickname: name, preferred_username: other, name: other };
        const first = await enter(room, valid("1", { ...claims, role: "moderator", bot: true }));
        assert.deepEqual(
          [first.user.nickname, first.user.registered, first.user.role, first.user.bot],
          [name, true, Role.MODERATOR, true],
        );
        await logout(first);
        const again = await enter(room, valid("1", { preferred_username: name, name: other }));
        assert.deepEqual(
          [again.user.nickname, again.id, again.user.role],
          [name, first.id, Role.UNSPECIFIED],
        );
        assert.notEqual((await enter(room, valid("2", { name: other }))).id, first.id);
        const refusal = await assertRefused(enter(room, valid("3", { name: `${name} x` })), {
          code: "InvalidArgument",
          reason: "NICKNAME_INVALID",
          field: "nickname",
        });
        const { suggestion = "" } = refusal.detail ?? {};
        assert.equal((await enter(room, valid("3"), suggestion)).nickname, suggestion);
      }),
  ),
  testCase("ERR-34", "an access token that is wrong in any way is refused", (target) =>
    withTokens(target, async (room) => {
      const nickname = room.nickname();
      const good = valid("1", { nickname });
      const { sub: _, ...withoutSubject } = good;
      const tokens = [
        sign(good, "another secret with more than 32 bytes in it"),
        sign({ ...good, iss: "https://other.example" }),
        sign({ ...good, aud: "another room" }),
        sign({ ...good, exp: nowSeconds() - 1 }),
        sign(withoutSubject),
        new UnsecuredJWT(good).encode(),
        "nonsense",
      ];
      for (const token of tokens) {
        const call = room.anonymous.login({ accessToken: await token });
        await assertRefused(call, refusedToken);
      }
      await enter(room, good);
    }),
  ),
  testCase("ROOM-13", "a room of an application admits nobody else", (target) =>
    withTokens(
      target,
      async (room) => {
        assert.equal((await room.anonymous.getRoom({})).room?.entry, Entry.EXTERNAL);
        await assertRefused(room.anonymous.login({ nickname: room.nickname() }), refusedToken);
        await enter(room, valid("1", { nickname: room.nickname() }));
      },
      ["--entry", "external"],
    ),
  ),
  testCase(
    "LOGIN-29 LOGIN-30",
    "a session ends with its access token, and the next one continues the stay",
    (target) =>
      withTokens(
        target,
        async (room) => {
          const nickname = room.nickname();
          const watcher = await room.join();
          const watching = await room.subscribe(watcher);
          const exp = nowSeconds() + 3;
          const first = await enter(room, valid("1", { nickname, exp }));
          assert.equal(first.expireTime && timestampMs(first.expireTime), exp * 1_000);
          const feed = await room.subscribe(first);
          const { goodbye } = await endOf(feed);
          assert.equal(goodbye.reason, GoodbyeReason.SESSION_EXPIRED);
          assert.ok(Date.now() >= exp * 1_000);
          const notLoggedIn = { code: "Unauthenticated", reason: "NOT_LOGGED_IN" };
          await assertRefused(first.say("late"), notLoggedIn);
          const next = await enter(room, valid("1", { nickname }));
          assert.equal(next.id, first.id);
          await next.say("still here");
          await receivedMessage(watching, "still here");
          assert.deepEqual(eventsOf(watching, next), [`+${nickname}`, `${nickname}: still here`]);
        },
        ["--grace", "10s"],
      ),
  ),
  testCase("NICK-18", "an owner cannot issue a secret for an identity from outside", (target) =>
    staffed(
      target,
      async ({ target: room, owner, acts }) => {
        const person = await enter(room, valid("1", { nickname: room.nickname() }));
        const call = acts.updateNickname({ nickname: person.nickname, newSecret: true }, owner.options);
        await assertRefused(call, { code: "PermissionDenied", reason: "NOT_ALLOWED" });
      },
      (own, why, flags, check) =>
        withTokens(own, check, flags, (t, _, all, run) => onServer(t, why, all, run)),
    ),
  ),
];
