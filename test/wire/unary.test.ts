import { createClient } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { login, refused } from "../support/people.js";
import { listen, type TestServer } from "../support/server.js";
import { protocols } from "../support/transports.js";

let server: TestServer;
beforeAll(async () => {
  server = await listen();
});
afterAll(async () => {
  expect(server.logged).toEqual([]);
  await server.close();
});

let visits = 0;

describe.each(Object.entries(protocols))("%s", (_name, makeTransport) => {
  test("every RPC responds, and sender and recipient receive the message", async () => {
    const transport = makeTransport(server.url);
    const ada = await login(transport, `ada-${++visits}`);
    const bob = await login(transport, `bob-${visits}`);
    const feed = bob.listen();
    await feed.next("caughtUp");
    const said = await ada.say("hello 你好");
    expect((await feed.next("groupMessage")).cursor).toBe(said.cursor);
    const whispered = await ada.sendTo(bob.nickname, "psst 🤫");
    expect((await feed.next("privateMessage")).cursor).toBe(whispered.cursor);
    const list = await ada.chat.listUsers({ prefix: "ada" }, ada.options);
    expect(list.users.map(({ nickname }) => nickname)).toContain(ada.nickname);
    const inJson = createClient(ChatService, protocols["Connect JSON, HTTP/1.1"]!(server.url));
    expect(list).toEqual(await inJson.listUsers({ prefix: "ada" }, ada.options));
    expect((await ada.chat.help({ locale: "zh" })).locale).toBe("zh-CN");
    expect((await ada.chat.toggleIgnore({ ignoring: true }, ada.options)).ignoring).toBe(true);
    await ada.chat.logout({}, ada.options);
    expect((await feed.next("left")).kind.value.user?.nickname).toBe(ada.nickname);
    await feed.close();
    await bob.chat.logout({}, bob.options);
  });

  test("every refusal has its code, its reason and a message in the caller's language", async () => {
    const transport = makeTransport(server.url);
    const ada = await login(transport, `ada-${++visits}`);
    const chinese = { headers: { ...ada.options.headers, "accept-language": "zh-CN" } };
    const cases: [() => Promise<unknown>, string, string][] = [
      [() => ada.chat.login({ nickname: "a b" }), "InvalidArgument", "NICKNAME_INVALID"],
      [() => ada.chat.login({ nickname: ada.nickname }), "AlreadyExists", "NICKNAME_TAKEN"],
      [() => ada.chat.login({ nickname: "admin" }), "AlreadyExists", "NICKNAME_RESERVED"],
      [() => ada.chat.broadcast({ text: "hi" }), "Unauthenticated", "NOT_LOGGED_IN"],
      [() => ada.say(""), "InvalidArgument", "TEXT_INVALID"],
      [() => ada.sendTo("nobody-at-all", "hi"), "NotFound", "USER_NOT_FOUND"],
      [() => ada.chat.listUsers({ pageToken: "!" }, ada.options), "InvalidArgument", "REQUEST_INVALID"],
      [() => ada.chat.help({ locale: "x".repeat(65) }), "InvalidArgument", "REQUEST_INVALID"],
    ];
    for (const [call, code, reason] of cases) expect(await refused(call())).toMatchObject({ code, reason });
    expect((await refused(ada.chat.broadcast({ text: "" }, chinese))).message).toBe("没有看得见的内容");
    await ada.chat.logout({}, ada.options);
  });
});
