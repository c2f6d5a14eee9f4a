import { createClient } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { Feature } from "../../gen/parlance/v1/limits_pb.js";
import { ModerationService } from "../../gen/parlance/v1/moderation_service_pb.js";
import { Entry, Speaking } from "../../gen/parlance/v1/room_pb.js";
import { version } from "../../server/version.js";
import { joinRoom, login, refused } from "../support/people.js";
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

const authorized = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

let visits = 0;
/** Long enough for a retry of Login. */
const requestId = "0123456789abcdef";

describe.each(Object.entries(protocols))("%s", (_name, makeTransport) => {
  test("GetRoom describes an open room to a caller without a token", async () => {
    const chat = createClient(ChatService, makeTransport(server.url));
    const before = (await chat.getRoom({})).room?.online ?? -1;
    const ada = await joinRoom(makeTransport(server.url), `ada-${++visits}`);
    const { room, limits, software } = await chat.getRoom({});
    expect(room).toMatchObject({
      title: "",
      entry: Entry.OPEN,
      speaking: Speaking.EVERYONE,
      registration: true,
      online: before + 1,
    });
    expect(room).not.toHaveProperty("slowMode");
    expect(room).not.toHaveProperty("closedUntil");
    expect(software).toBe(`parlance-server/${version()}`);
    await ada.chat.logout({}, ada.options);
    const { token, limits: atLogin } = await chat.login({ nickname: ada.nickname });
    expect(limits).toEqual(atLogin);
    await chat.logout({}, authorized(token));
  });

  test("what this server does not have is UNIMPLEMENTED, and no feature of it is announced", async () => {
    const unmoderated = await listen("--moderation", "off");
    onTestFinished(() => unmoderated.close());
    const transport = makeTransport(unmoderated.url);
    const ada = await login(transport, "ada");
    const moderation = createClient(ModerationService, transport);
    const target = { case: "nickname", value: "ada" } as const;
    const call = moderation.kick({ target }, ada.options);
    expect(await refused(call)).toMatchObject({ code: "Unimplemented" });
    const { limits } = await ada.chat.getRoom({});
    expect(limits?.features).toEqual([
      Feature.REGISTRATION,
      Feature.REDACTION,
      Feature.SEARCH,
      Feature.REPLIES,
      Feature.EDITING,
    ]);
  });

  test("Login refuses credentials that an open room does not take", async () => {
    const chat = createClient(ChatService, makeTransport(server.url));
    const nickname = `eve-${++visits}`;
    const accessToken = "e30.e30.c2ln";
    const refusals: [Parameters<typeof chat.login>[0], string, string][] = [
      [{ secret: "correct horse" }, "PermissionDenied SECRET_INVALID", "secret"],
      [{ accessToken }, "PermissionDenied ACCESS_TOKEN_INVALID", "access_token"],
      [{ accessToken, secret: "correct horse" }, "InvalidArgument REQUEST_INVALID", "access_token"],
      [{ secret: "x".repeat(129) }, "InvalidArgument REQUEST_INVALID", "secret"],
      [{ invite: "é".repeat(65) }, "InvalidArgument REQUEST_INVALID", "invite"],
      [{ accessToken: "x".repeat(8_193) }, "InvalidArgument REQUEST_INVALID", "access_token"],
    ];
    for (const [request, refusal, field] of refusals) {
      const { code, reason, detail } = await refused(chat.login({ nickname, ...request }));
      expect([`${code} ${reason}`, detail?.field]).toEqual([refusal, field]);
    }
    const { token } = await chat.login({ nickname });
    await chat.logout({}, authorized(token));
  });

  test("Login ignores an invite in an open room, and shows a program as one", async () => {
    const transport = makeTransport(server.url);
    const ada = await joinRoom(transport, `ada-${++visits}`);
    const feed = ada.listen();
    await feed.next("caughtUp");
    const nickname = `rob-${visits}`;
    const { token, user } = await ada.chat.login({ nickname, requestId, invite: "let-me-in", bot: true });
    expect(user).toMatchObject({ nickname, bot: true, registered: false });
    await ada.chat.broadcast({ text: "hi" }, authorized(token));
    expect((await feed.next("joined")).kind.value.user).toEqual(user);
    await feed.close();
    await ada.chat.logout({}, authorized(token));
    await ada.chat.logout({}, ada.options);
  });
});
