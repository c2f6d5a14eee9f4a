import { describe, expect, test } from "vitest";
import { refused } from "../support/people.js";
import { everyTransport, openRoom } from "./room.js";

describe.each(everyTransport)("ListUsers over %s", (over) => {
  test("lists everyone, sorted, page by page", async () => {
    const room = await openRoom(over);
    const ada = await room.join("ada");
    for (const name of ["小明", "Bob", "eve", "alice"]) await room.join(name);
    const names: string[] = [];
    let pageToken = "";
    do {
      const page = await ada.chat.listUsers({ pageSize: 2, pageToken }, ada.options);
      expect(page.totalSize).toBe(5);
      names.push(...page.users.map(({ nickname }) => nickname));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(names).toEqual(["ada", "alice", "Bob", "eve", "小明"]);
  });

  test("finds nicknames by prefix, ignoring case", async () => {
    const room = await openRoom(over);
    const ada = await room.join("ada");
    for (const name of ["Alice", "alan", "bob"]) await room.join(name);
    const { users, totalSize } = await ada.chat.listUsers({ prefix: "AL" }, ada.options);
    expect(users.map(({ nickname }) => nickname)).toEqual(["alan", "Alice"]);
    expect(totalSize).toBe(2);
  });

  test("the list plus the events after its cursor equals a later list", async () => {
    const room = await openRoom(over);
    const ada = await room.join("ada");
    const { cursor } = await ada.chat.listUsers({}, ada.options);
    await room.join("bob");
    const feed = ada.listen({ after: cursor });
    await feed.next("caughtUp");
    expect(feed.summary()).toEqual(["hello", "+bob", "caughtUp"]);
  });

  test("a page has at most 500 users, whatever was asked for", async () => {
    const room = await openRoom(over);
    const ada = await room.join("ada");
    await room.join("bob");
    const { users, nextPageToken } = await ada.chat.listUsers({ pageSize: 4_294_967_295 }, ada.options);
    expect([users.length, nextPageToken]).toEqual([2, ""]);
  });

  test.each([
    [{ pageToken: "!" }, "page_token"],
    [{ prefix: "x".repeat(65) }, "prefix"],
  ])("refuses %j and names the field", async (request, field) => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const answer = await refused(ada.chat.listUsers(request, ada.options));
    expect(answer).toMatchObject({ code: "InvalidArgument", reason: "REQUEST_INVALID" });
    expect(answer.detail?.field).toBe(field);
  });
});

describe.each(everyTransport)("Help over %s", (over) => {
  test("needs no login, and responds in the requested language", async () => {
    const room = await openRoom(over);
    const { chat } = room.anonymous();
    const english = await chat.help({ locale: "en-GB" });
    const chinese = await chat.help({}, { headers: { "accept-language": "fr, zh-TW;q=0.8, en;q=0.5" } });
    expect([english.locale, chinese.locale]).toEqual(["en", "zh-CN"]);
    expect(english.text).toContain("/ls");
    expect(chinese.text).toContain("群聊");
    expect(english.commands.map(({ rpc }) => rpc)).toEqual(chinese.commands.map(({ rpc }) => rpc));
  });

  test("explains one command by name or alias, with or without the slash", async () => {
    const room = await openRoom(over);
    const { chat } = room.anonymous();
    for (const command of ["help", "h", "/H", "／ｈ"]) {
      const { commands } = await chat.help({ command });
      expect(commands.map(({ name }) => name)).toEqual(["help"]);
    }
    expect(await refused(chat.help({ command: "nonsense" }))).toMatchObject({ reason: "REQUEST_INVALID" });
  });
});

describe.each(everyTransport)("errors, over %s", (over) => {
  test("have a message in the caller's language and the same reason", async () => {
    const room = await openRoom(over);
    const { chat } = room.anonymous();
    const [zh, en] = await Promise.all(
      ["zh-CN", "en"].map((language) =>
        refused(chat.login({ nickname: "a b" }, { headers: { "accept-language": language } })),
      ),
    );
    expect(zh).toMatchObject({ reason: "NICKNAME_INVALID", message: "昵称里不能有空格" });
    expect(en).toMatchObject({ reason: "NICKNAME_INVALID", message: "a nickname has no spaces" });
  });

  test("a request_id that is too long is refused, and for Login one that is too short", async () => {
    const room = await openRoom(over);
    const ada = await room.login("ada");
    const long = "é".repeat(33);
    const calls = [
      ada.say("hi", long),
      ada.sendTo("ada", "hi", long),
      ada.chat.toggleIgnore({ requestId: long }, ada.options),
      ada.chat.login({ nickname: "bob", requestId: long }),
      ada.chat.login({ nickname: "bob", requestId: "short" }),
    ];
    for (const call of calls) {
      const answer = await refused(call);
      expect(answer).toMatchObject({ code: "InvalidArgument", reason: "REQUEST_INVALID" });
      expect(answer.detail?.field).toBe("request_id");
    }
  });
});
