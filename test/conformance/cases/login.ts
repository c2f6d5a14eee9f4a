import assert from "node:assert/strict";
import { must, NotApplicable } from "../case.js";
import { heardMoving, isRefused } from "../hearing.js";

const taken = { code: "AlreadyExists", reason: "NICKNAME_TAKEN", field: "nickname" };
const reserved = { code: "AlreadyExists", reason: "NICKNAME_RESERVED", field: "nickname" };
const invalid = { code: "InvalidArgument", reason: "NICKNAME_INVALID", field: "nickname" };
const secret = () => crypto.randomUUID();

export const loginCases = [
  must("Takes a nickname for as long as the session lives; the room hears `joined`.", async (world) => {
    const room = await world.listen(await world.enter());
    const ada = await world.enter();
    const { kind } = await heardMoving(room, "joined", ada.nickname);
    assert.equal(kind.case === "joined" && kind.value.user?.id, ada.id);
    await isRefused(world.enter(ada.nickname), taken);
  }),
  must("A member is in the room from Login.", async (world) => {
    const ada = await world.enter();
    const { users } = await ada.chat.listUsers({ prefix: ada.nickname }, ada.options);
    assert.deepEqual(
      users.map(({ id }) => id),
      [ada.id],
    );
  }),
  must('Refused, never repaired: no spaces, no "@", "/", "#", ":" or ",".', async (world) => {
    for (const bad of [" ", "@", "/", "#", ":", ","]) {
      await isRefused(world.enter(`${world.name()}${bad}a`), invalid);
      await isRefused(world.enter(`${bad}${world.name()}`), invalid);
    }
    await isRefused(world.enter(`${world.name()} `), invalid);
  }),
  must(
    '1-24 grapheme clusters, at most 64 bytes of UTF-8 and 24 terminal columns; letters, marks and digits of any script, and "_", "-" or "." after the first character.',
    "what is refused",
    async (world) => {
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
      for (const nickname of refused) await isRefused(world.enter(nickname), invalid);
      for (const hidden of ["a\u200bb", "a\u202eb", "a\u0000b", "a\ue000b"])
        await isRefused(world.enter(hidden), invalid);
    },
  ),
  must(
    '1-24 grapheme clusters, at most 64 bytes of UTF-8 and 24 terminal columns; letters, marks and digits of any script, and "_", "-" or "." after the first character.',
    "what is taken",
    async (world) => {
      const longest = world.name().padEnd(24, "x");
      for (const nickname of [`${world.name()}_-.`, longest, `房${world.name()}`, `ż${world.name()}`])
        assert.equal((await world.enter(nickname)).nickname, nickname);
    },
  ),
  must("Name in the room, as it was typed, in Unicode NFC.", async (world) => {
    const name = world.name();
    assert.equal((await world.enter(`E\u0301${name}`)).nickname, `\u00c9${name}`);
  }),
  must(
    "ALREADY_EXISTS: the nickname is in use, perhaps by a name that merely looks alike.",
    async (world) => {
      const digits = world.prefix.slice(1);
      await world.enter(`caxap${digits}`);
      await isRefused(world.enter(`CAXAP${digits}`), taken);
      await isRefused(world.enter(`сахар${digits}`), taken);
    },
  ),
  must(
    "ALREADY_EXISTS: nobody may bear this nickname, nor one that looks like it (system, admin, every command word).",
    async (world) => {
      const { commands } = await world.stranger.help({});
      const words = commands.flatMap(({ name, aliases }) => [name, ...aliases]);
      assert.ok(words.some((word) => word !== ""));
      for (const word of ["system", "admin", "SYSTEM", ...words.filter((word) => /^\w+$/.test(word))])
        await isRefused(world.enter(word), reserved);
    },
  ),
  must(
    "the same nickname with the same request_id within 5 minutes answers for the same member, with a fresh token.",
    async (world) => {
      const [nickname, requestId] = [world.name(), secret()];
      const room = await world.listen(await world.enter());
      const first = await world.enter(nickname, requestId);
      const again = await world.enter(nickname, requestId);
      assert.equal(again.id, first.id);
      assert.notEqual(again.token, first.token);
      await again.say(`here ${nickname}`);
      await heardMoving(room, "joined", nickname);
      await room.next("message");
      const joins = room.heard.filter(
        ({ kind }) => kind.case === "joined" && kind.value.user?.nickname === nickname,
      );
      assert.equal(joins.length, 1);
      await isRefused(world.enter(nickname, secret()), taken);
    },
  ),
  must(
    "Secret of the caller's own randomness, 16-64 bytes, for a retry whose answer was lost",
    async (world) => {
      const refusal = { code: "InvalidArgument", reason: "REQUEST_INVALID", field: "request_id" };
      for (const length of [1, 15, 65])
        await isRefused(world.enter(world.name(), "x".repeat(length)), refusal);
      for (const length of [16, 64]) await world.enter(world.name(), secret().repeat(2).slice(0, length));
    },
  ),
  must("Empty: no retry is possible.", async (world) => {
    const nickname = world.name();
    await world.enter(nickname, "");
    await isRefused(world.enter(nickname, ""), taken);
  }),
  must("The caller, as everyone sees it.", async (world) => {
    const [nickname, watcher] = [world.name(), await world.enter()];
    const { user, token } = await world.stranger.login({ nickname });
    const { users } = await watcher.chat.listUsers({ prefix: nickname }, watcher.options);
    assert.deepEqual(users, [user]);
    await world.stranger.logout({}, { headers: { authorization: `Bearer ${token}` } });
  }),
  must("The same nickname with another id is another person.", async (world) => {
    const first = await world.enter();
    await first.chat.logout({}, first.options);
    const second = await world.enter(first.nickname);
    assert.notEqual(second.id, first.id);
  }),
  must("What this server allows.", async ({ limits, heartbeatMs, graceMs }) => {
    const { maxTextBytes, maxTextLines, maxNicknameGraphemes, messageBurst, maxBacklog } = limits;
    for (const limit of [maxTextBytes, maxTextLines, maxNicknameGraphemes, maxBacklog]) assert.ok(limit > 0);
    assert.ok(messageBurst > 0 || limits.messagesPerSecond === 0);
    assert.ok(heartbeatMs > 0 && graceMs >= 0);
  }),
  must("What would have worked: a free nickname for a refused one", async (world) => {
    const ada = await world.enter();
    const { detail } = await isRefused(world.enter(ada.nickname), taken);
    if (!detail?.suggestion) throw new NotApplicable("this server suggests none");
    assert.equal((await world.enter(detail.suggestion)).nickname, detail.suggestion);
  }),
];
