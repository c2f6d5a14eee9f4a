import { Code, createClient } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { Listener, refusalOf } from "../support/people.js";
import { startServer, type TestServer } from "./subscribe-server.js";
import { type Cell, cells } from "./subscribe-transports.js";

/** Over the size from which messages are compressed. */
const LONG = "long text ".repeat(400);

describe.each<Cell>(cells)("a feed over $name", ({ transport, ...options }) => {
  let server: TestServer;
  let count = 0;
  beforeAll(async () => {
    server = await startServer(options);
  });
  afterAll(() => server.close());

  async function enter() {
    const { member, token } = await server.login(`reader${++count}`);
    const client = createClient(ChatService, transport(server.url));
    const options = { headers: { authorization: `Bearer ${token}` } };
    const listen = (request: { after?: string; backlog?: number } = {}) =>
      new Listener(client, options, request);
    const say = (text: string) => server.room.say(member, text, "");
    return { member, client, options, listen, say, logout: () => server.room.logout(member) };
  }

  it("begins with hello, delivers in order, and goes on from a cursor without loss or repetition", async () => {
    const { say, listen } = await enter();
    const feed = listen();
    await feed.next("hello");
    await say("one");
    await feed.next("caughtUp");
    await Promise.all([say(LONG), say("three"), say("four")]);
    const texts = ["one", LONG, "three", "four"];
    for (const text of texts) expect((await feed.next("message")).kind.value).toMatchObject({ text });
    const seen = feed.heard.find(({ kind }) => kind.case === "message")!;
    await feed.close();

    const again = listen({ after: seen.cursor });
    expect((await again.next("hello")).kind.value.resumed).toBe(true);
    expect((await again.next("caughtUp")).kind.value.replayed).toBe(3);
    await say("five");
    await again.next("message");
    expect(again.heard.flatMap(({ kind }) => (kind.case === "message" ? [kind.value.text] : []))).toEqual([
      ...texts.slice(1),
      "five",
    ]);
    await again.close();
  });

  it("carries what interceptors add to headers and trailers", async () => {
    const { client, options, logout } = await enter();
    let header: string | null = null;
    const stream = client.subscribe(
      {},
      {
        ...options,
        onHeader: (headers) => {
          header = headers.get("x-head");
        },
      },
    );
    const error = await (async () => {
      for await (const { event } of stream) if (event?.kind.case === "caughtUp") void logout();
    })().catch((reason) => reason);
    expect(header).toBe("header");
    expect(error.metadata.get("x-trail")).toBe("trailer");
  });

  it("ends with DEADLINE_EXCEEDED at the caller's deadline", async () => {
    const { client, options, member } = await enter();
    const feed = new Listener(client, { ...options, timeoutMs: 80 }, {});
    expect((await feed.ended)?.code).toBe(Code.DeadlineExceeded);
    await vi.waitFor(() => expect(member.feeds.size).toBe(0));
  });

  it("says goodbye to who logs out, then ends with UNAUTHENTICATED", async () => {
    const { listen, say, logout } = await enter();
    const feed = listen();
    await feed.next("caughtUp");
    await say("last words");
    await feed.next("message");
    await logout();
    const goodbye = await feed.next("goodbye");
    expect(goodbye).toMatchObject({ cursor: "", kind: { value: { reconnect: false } } });
    expect(refusalOf((await feed.ended)!)).toMatchObject({
      code: "Unauthenticated",
      reason: "NOT_LOGGED_IN",
    });
  });

  it("notices that its reader has left", async () => {
    const { listen, member } = await enter();
    const feed = listen();
    await feed.next("caughtUp");
    expect(member.feeds.size).toBe(1);
    await feed.close();
    await vi.waitFor(() => expect(member.feeds.size).toBe(0));
  });

  it("refuses who has no token, and a cursor it never gave out", async () => {
    const { client, listen } = await enter();
    const stranger = new Listener(client, {}, {});
    expect(refusalOf((await stranger.ended)!)).toMatchObject({
      code: "Unauthenticated",
      reason: "NOT_LOGGED_IN",
    });
    const confused = listen({ after: "nonsense" });
    expect(refusalOf((await confused.ended)!)).toMatchObject({
      code: "InvalidArgument",
      reason: "CURSOR_INVALID",
      detail: { field: "after" },
    });
  });

  it("says goodbye to all when the server goes down, then ends with UNAVAILABLE", async () => {
    const { listen } = await enter();
    const feed = listen();
    await feed.next("caughtUp");
    server.feed.endAll("SHUTTING_DOWN");
    expect((await feed.next("goodbye")).kind.value).toMatchObject({ reconnect: true });
    expect(refusalOf((await feed.ended)!)).toMatchObject({ code: "Unavailable", reason: "SHUTTING_DOWN" });
    expect(server.faults).toEqual([]);
    expect(server.feed.size()).toBe(0);
  });
});
