import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Listener, login, refusalOf } from "../support/people.js";
import { listen, type TestServer } from "../support/server.js";
import { cells } from "../support/transports.js";

/** Above the size from which messages are compressed. */
const LONG = "long text ".repeat(400);

describe.each(cells)("a feed over $name", ({ transport }) => {
  let server: TestServer;
  let count = 0;
  beforeAll(async () => {
    server = await listen();
  });
  afterAll(() => server.close());

  const enter = () => login(transport(server.url), `reader${++count}`);

  it("starts with hello, delivers in order, and resumes from a cursor without loss or duplicates", async () => {
    const ada = await enter();
    const feed = ada.listen();
    await feed.next("hello");
    const texts = ["one", LONG, "three", "four"];
    for (const text of texts) await ada.say(text);
    for (const text of texts) expect((await feed.next("groupMessage")).kind.value).toMatchObject({ text });
    const seen = feed.items.find(({ kind }) => kind.case === "groupMessage")!;
    await feed.close();

    const again = ada.listen({ after: seen.cursor });
    expect((await again.next("hello")).kind.value.resumed).toBe(true);
    expect((await again.next("caughtUp")).kind.value.replayed).toBe(3);
    await ada.say("five");
    await again.next("groupMessage");
    expect(
      again.items.flatMap(({ kind }) => (kind.case === "groupMessage" ? [kind.value.text] : [])),
    ).toEqual([...texts.slice(1), "five"]);
    await again.close();
  });

  it("ends with DEADLINE_EXCEEDED at the caller's deadline", async () => {
    const { chat, options } = await enter();
    const feed = new Listener(chat, { ...options, timeoutMs: 80 }, {});
    expect((await feed.ended)?.code).toBe(Code.DeadlineExceeded);
    await server.hasFeeds(0);
  });

  it("on logout sends a goodbye, then ends with UNAUTHENTICATED", async () => {
    const ada = await enter();
    const feed = ada.listen();
    await feed.next("caughtUp");
    await ada.say("last words");
    await feed.next("groupMessage");
    await ada.chat.logout({}, ada.options);
    const goodbye = await feed.next("goodbye");
    expect(goodbye.kind.value).toMatchObject({ cursor: feed.cursor, reconnect: false });
    expect(feed.cursor).not.toBe("");
    expect(refusalOf((await feed.ended)!)).toMatchObject({
      code: "Unauthenticated",
      reason: "NOT_LOGGED_IN",
    });
  });

  it("closes when its reader has left", async () => {
    await server.hasFeeds(0);
    const feed = (await enter()).listen();
    await feed.next("caughtUp");
    expect(server.app.counts().feeds).toBe(1);
    await feed.close();
    await server.hasFeeds(0);
  });

  it("refuses a missing token and an invalid cursor", async () => {
    const ada = await enter();
    const anonymous = new Listener(ada.chat, {}, {});
    expect(refusalOf((await anonymous.ended)!)).toMatchObject({
      code: "Unauthenticated",
      reason: "NOT_LOGGED_IN",
    });
    const confused = ada.listen({ after: "nonsense" });
    expect(refusalOf((await confused.ended)!)).toMatchObject({
      code: "InvalidArgument",
      reason: "CURSOR_INVALID",
      detail: { field: "after" },
    });
  });

  it("on shutdown sends a goodbye, then ends with UNAVAILABLE", async () => {
    const feed = (await enter()).listen();
    await feed.next("caughtUp");
    const closed = server.close();
    expect((await feed.next("goodbye")).kind.value).toMatchObject({ reconnect: true });
    expect(refusalOf((await feed.ended)!)).toMatchObject({ code: "Unavailable", reason: "SHUTTING_DOWN" });
    await closed;
    expect(server.logged).toEqual([]);
    expect(server.app.counts()).toEqual({ connections: 0, feeds: 0 });
  });
});
