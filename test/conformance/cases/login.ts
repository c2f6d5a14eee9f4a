import assert from "node:assert/strict";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { announce, personOf } from "../../support/people.js";
import { assertRefused, receivedMessage, receivedMove } from "../assertions.js";
import { NotApplicable, testCase } from "../case.js";
import { onServer } from "../servers.js";

const taken = { code: "AlreadyExists", reason: "NICKNAME_TAKEN", field: "nickname" };
const reserved = { code: "AlreadyExists", reason: "NICKNAME_RESERVED", field: "nickname" };
const invalid = { code: "InvalidArgument", reason: "NICKNAME_INVALID", field: "nickname" };
const secret = () => crypto.randomUUID();

export const loginCases = [
  testCase("LOGIN-10", "Login returns the message of the day", async (target) => {
    for (const motd of ["", "Be kind.\n请友善。"])
      await onServer(target, "a server with a known message of the day", ["--motd", motd], async (polite) => {
        assert.equal((await polite.anonymous.login({ nickname: polite.nickname() })).motd, motd);
      });
  }),
  testCase("USER-3", "the id of a member is the same from Login to left", async (target) => {
    const room = await target.subscribe(await target.login());
    const ada = await target.join();
    const { users } = await ada.chat.listUsers({ prefix: ada.nickname }, ada.options);
    await ada.chat.logout({}, ada.options);
    const moves = [
      await receivedMove(room, "joined", ada.nickname),
      await receivedMove(room, "left", ada.nickname),
    ].map(({ kind }) => kind.value.user?.id);
    assert.deepEqual([...users.map(({ id }) => id), ...moves], [ada.id, ada.id, ada.id]);
  }),
  testCase("USER-5 EV-6", "times are those of the server's clock", async (target) => {
    if (!target.managed) throw new NotApplicable("requires a server whose clock is known");
    const room = await target.subscribe(await target.login());
    const before = Date.now();
    const { nickname } = await target.join();
    const after = Date.now();
    const { time, kind } = await receivedMove(room, "joined", nickname);
    for (const stamp of [time, kind.value.user?.joinTime]) {
      assert.ok(stamp);
      const ms = timestampMs(stamp);
      assert.ok(before <= ms && ms <= after, `${before} <= ${ms} <= ${after}`);
    }
  }),
  testCase("LOGIN-11 ERR-11", "Login claims a nickname", async (target) => {
    const ada = await target.login();
    await assertRefused(target.login(ada.nickname), taken);
    await ada.chat.logout({}, ada.options);
    await target.login(ada.nickname);
  }),
  testCase(
    "LOGIN-2 LOGIN-3 ERR-5 ERR-10",
    "a nickname with a space or @ / # : , is refused",
    async (target) => {
      for (const bad of [" ", "@", "/", "#", ":", ","]) {
        await assertRefused(target.login(`${target.nickname()}${bad}a`), invalid);
        await assertRefused(target.login(`${bad}${target.nickname()}`), invalid);
      }
      await assertRefused(target.login(`${target.nickname()} `), invalid);
    },
  ),
  testCase(
    "LOGIN-2 USER-2 ERR-10",
    "a nickname outside the limits of User.nickname is refused",
    async (target) => {
      const refused = [
        "",
        "a".repeat(25),
        "房".repeat(13),
        "ก".repeat(22),
        "_a",
        "-a",
        ".a",
        "a!",
        "a\u{1f600}",
      ];
      for (const nickname of refused) await assertRefused(target.login(nickname), invalid);
      for (const hidden of ["a\u200bb", "a\u202eb", "a\u0000b", "a\ue000b"])
        await assertRefused(target.login(hidden), invalid);
    },
  ),
  testCase("USER-2 LIM-4", "a nickname at the limits of User.nickname is accepted", async (target) => {
    const longest = target.nickname().padEnd(24, "x");
    for (const nickname of [
      `${target.nickname()}_-.`,
      longest,
      `房${target.nickname()}`,
      `ż${target.nickname()}`,
    ])
      assert.equal((await target.login(nickname)).nickname, nickname);
  }),
  testCase("USER-1", "a nickname is normalized to NFC", async (target) => {
    const name = target.nickname();
    assert.equal((await target.login(`E\u0301${name}`)).nickname, `\u00c9${name}`);
  }),
  testCase("LOGIN-2 ERR-11", "a nickname that looks like one in use is refused", async (target) => {
    const digits = target.prefix.slice(1);
    await target.login(`caxap${digits}`);
    await assertRefused(target.login(`CAXAP${digits}`), taken);
    await assertRefused(target.login(`сахар${digits}`), taken);
  }),
  testCase("LOGIN-2 ERR-12", "a reserved nickname is refused", async (target) => {
    const { commands } = await target.anonymous.help({});
    const words = commands.flatMap(({ name, aliases }) => [name, ...aliases]);
    assert.ok(words.some((word) => word !== ""));
    for (const word of [
      "system",
      "admin",
      "SYSTEM",
      "adm1n",
      "系统",
      "系統",
      ...words.filter((word) => /^\w+$/.test(word)),
    ])
      await assertRefused(target.login(word), reserved);
  }),
  testCase("LOGIN-5", "a retried Login returns the same member with a fresh token", async (target) => {
    const [nickname, requestId] = [target.nickname(), secret()];
    const room = await target.subscribe(await target.login());
    const first = await target.login(nickname, requestId);
    const again = await target.login(nickname, requestId);
    assert.equal(again.id, first.id);
    assert.notEqual(again.token, first.token);
    await again.say(`here ${nickname}`);
    await receivedMove(room, "joined", nickname);
    await receivedMessage(room, `here ${nickname}`);
    const joins = room.events.filter(
      ({ kind }) => kind.case === "joined" && kind.value.user?.nickname === nickname,
    );
    assert.equal(joins.length, 1);
    await assertRefused(target.login(nickname, secret()), taken);
  }),
  testCase("LOGIN-2 LOGIN-4 ERR-28", "Login takes a request_id of 16-64 bytes", async (target) => {
    const refusal = { code: "InvalidArgument", reason: "REQUEST_INVALID", field: "request_id" };
    for (const length of [1, 15, 65])
      await assertRefused(target.login(target.nickname(), "x".repeat(length)), refusal);
    for (const length of [16, 64]) await target.login(target.nickname(), secret().repeat(2).slice(0, length));
  }),
  testCase("LOGIN-6", "Login without a request_id cannot be retried", async (target) => {
    const nickname = target.nickname();
    await target.login(nickname, "");
    await assertRefused(target.login(nickname, ""), taken);
  }),
  testCase("LOGIN-8", "Login returns the caller as other members see it", async (target) => {
    const [nickname, watcher] = [target.nickname(), await target.login()];
    const { user, token } = await target.anonymous.login({ nickname });
    await announce(personOf(target.transport, nickname, user?.id ?? "", token));
    const { users } = await watcher.chat.listUsers({ prefix: nickname }, watcher.options);
    assert.deepEqual(users, [user]);
    await target.anonymous.logout({}, { headers: { authorization: `Bearer ${token}` } });
  }),
  testCase("USER-4", "a second stay under the same nickname has another id", async (target) => {
    const first = await target.login();
    await first.chat.logout({}, first.options);
    const second = await target.login(first.nickname);
    assert.notEqual(second.id, first.id);
  }),
  testCase("LOGIN-2 ERR-8", "the suggestion for a nickname in use is free", async (target) => {
    const ada = await target.login();
    const { detail } = await assertRefused(target.login(ada.nickname), taken);
    if (!detail?.suggestion) throw new NotApplicable("this server suggests none");
    assert.equal((await target.login(detail.suggestion)).nickname, detail.suggestion);
  }),
];
