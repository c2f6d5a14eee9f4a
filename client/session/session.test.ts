import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ErrorReason } from "../../gen/parlance/v1/errors_pb.js";
import { GoodbyeReason } from "../../gen/parlance/v1/event_pb.js";
import { Feature } from "../../gen/parlance/v1/limits_pb.js";
import type { MakeTransport } from "./client.js";
import { refusalOf } from "./errors.js";
import type { Signal } from "./event.js";
import type { Limits } from "./limits.js";
import { connect } from "./session.js";
import {
  createFakeRoom,
  event,
  hello,
  type Item,
  message,
  notLoggedIn,
  refusal,
  silence,
  unavailable,
} from "./test-room.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** The outcome of a promise after `ms`. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | { error: unknown } | "pending"> {
  let outcome: T | { error: unknown } | "pending" = "pending";
  promise.then(
    (value) => {
      outcome = value;
    },
    (error: unknown) => {
      outcome = { error };
    },
  );
  await vi.advanceTimersByTimeAsync(ms);
  return outcome;
}

describe("a registered nickname", () => {
  test("logs in with its secret, and reads what it missed on its first feed alone", async () => {
    const room = createFakeRoom();
    room.leftCursors.push("where it left");
    const session = await connect({ nickname: "ming", secret: "s3cret-of-ming", transport: room.transport });
    for (const start of [{}, {}]) {
      const items = session.feed(start).items();
      await items.next();
    }
    expect(room.logins[0]).toMatchObject({ secret: "s3cret-of-ming" });
    expect(room.subscribed.map(({ after }) => after)).toEqual(["where it left", ""]);
  });

  test("posts without a stay, so that it neither logs in nor out", async () => {
    const room = createFakeRoom();
    const given = { nickname: "小明", secret: "prl_secret", withoutStay: true };
    const headers: (string | null)[] = [];
    const transport: MakeTransport = (interceptors) =>
      room.transport([
        ...interceptors,
        (next) => (request) => {
          headers.push(request.header.get("authorization"));
          return next(request);
        },
      ]);
    const session = await connect({ ...given, transport });
    await session.say("hello");
    await session.leave();
    expect(headers).toEqual([`Basic ${Buffer.from("小明:prl_secret").toString("base64")}`]);
    expect([room.logins.length, room.broadcasts.length, room.logouts]).toEqual([0, 1, 0]);
  });

  test("logs in to a server that does not know how to post without a stay", async () => {
    const room = createFakeRoom();
    room.failures.broadcast.push(notLoggedIn());
    const given = { nickname: "ming", secret: "prl_secret", withoutStay: true };
    const session = await connect({ ...given, transport: room.transport });
    await session.say("hello");
    await session.leave();
    const [first, second] = room.broadcasts;
    expect([room.logins.length, second?.requestId === first?.requestId, room.logouts]).toEqual([1, true, 1]);
  });

  test("a feed with a cursor of its own begins there", async () => {
    const room = createFakeRoom();
    room.leftCursors.push("where it left");
    const session = await connect({ nickname: "ming", secret: "s3cret-of-ming", transport: room.transport });
    await session.feed({ after: "what this device has" }).items().next();
    expect(room.subscribed[0]?.after).toBe("what this device has");
  });

  test("that was registered in the session logs in with that secret when the session has ended", async () => {
    const room = createFakeRoom();
    const session = await connect({ nickname: "ming", transport: room.transport });
    expect((await session.register()).secret).toBe("made by the server");
    room.failures.broadcast.push(notLoggedIn());
    await session.say("still me");
    expect(room.logins.map(({ secret }) => secret)).toEqual(["", "made by the server"]);
    await session.unregister();
    room.failures.broadcast.push(notLoggedIn());
    await session.say("a guest again");
    expect(room.logins.at(-1)?.secret).toBe("");
  });
});

describe("an access token", () => {
  test("is asked for before each Login", async () => {
    const room = createFakeRoom();
    let tokens = 0;
    const accessToken = async () => `token ${++tokens}`;
    const session = await connect({ nickname: "", accessToken, transport: room.transport });
    room.failures.broadcast.push(notLoggedIn());
    await session.say("hello");
    expect(room.logins.map((request) => request.accessToken)).toEqual(["token 1", "token 2"]);
  });

  test("is asked for once more if the room refuses it", async () => {
    const room = createFakeRoom();
    const expired = refusal(Code.PermissionDenied, ErrorReason.ACCESS_TOKEN_INVALID, {
      field: "access_token",
    });
    let tokens = 0;
    const accessToken = async () => `token ${++tokens}`;
    room.failures.login.push(expired);
    await connect({ nickname: "", accessToken, transport: room.transport });
    room.failures.login.push(expired, expired);
    const refused = connect({ nickname: "", accessToken, transport: room.transport });
    await expect(refused).rejects.toThrow(/refused/);
    expect(room.logins.map((request) => request.accessToken)).toEqual([1, 2, 3, 4].map((n) => `token ${n}`));
  });

  test("whose name is no nickname logs in under the one that the room suggests", async () => {
    const room = createFakeRoom();
    const suggestion = "John_Smith";
    room.failures.login.push(
      refusal(Code.InvalidArgument, ErrorReason.NICKNAME_INVALID, { field: "nickname", suggestion }),
    );
    const session = await connect({ nickname: "", accessToken: async () => "t", transport: room.transport });
    expect(session.self.nickname).toBe("John_Smith");
  });

  test("with a nickname that the caller chose does not log in under another", async () => {
    const room = createFakeRoom();
    const taken = refusal(Code.AlreadyExists, ErrorReason.NICKNAME_TAKEN, {
      field: "nickname",
      suggestion: "ming2",
    });
    room.failures.login.push(taken);
    const opening = connect({ nickname: "ming", accessToken: async () => "t", transport: room.transport });
    await expect(opening).rejects.toThrow(/refused/);
    expect(room.logins).toHaveLength(1);
  });
});

describe("logging in", () => {
  test("a lost response is retried with the same request_id", async () => {
    const room = createFakeRoom();
    room.failures.login.push(new ConnectError("reset", Code.Aborted));
    const session = await within(5_000, connect({ nickname: "ming", transport: room.transport }));
    expect(session).toMatchObject({ self: { nickname: "ming" } });
    const ids = room.logins.map(({ requestId }) => requestId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]!.length).toBeGreaterThanOrEqual(16);
  });

  test("a refused nickname is not tried again", async () => {
    const room = createFakeRoom();
    room.failures.login.push(
      refusal(Code.AlreadyExists, ErrorReason.NICKNAME_TAKEN, { suggestion: "ming2" }),
    );
    const outcome = await within(30_000, connect({ nickname: "ming", transport: room.transport }));
    expect(outcome).toMatchObject({ error: { code: Code.AlreadyExists } });
    expect(room.logins).toHaveLength(1);
  });
});

describe("sending a message", () => {
  const say = async (errors: unknown[], waitOutRate = true) => {
    const room = createFakeRoom();
    const session = await connect({ nickname: "ming", transport: room.transport, waitOutRate });
    room.failures.broadcast.push(...errors);
    return { room, session, said: session.say("hi") };
  };
  const ids = (room: ReturnType<typeof createFakeRoom>) => room.broadcasts.map(({ requestId }) => requestId);

  test("is retried with the same request_id until it succeeds", async () => {
    const { room, said } = await say([unavailable(), new ConnectError("late", Code.DeadlineExceeded)]);
    expect(await within(10_000, said)).toMatchObject({ cursor: "c3" });
    expect(new Set(ids(room)).size).toBe(1);
  });

  test("is given up after four minutes, before the server forgets the request_id", async () => {
    const { room, said } = await say(Array.from({ length: 1_000 }, unavailable));
    expect(await within(300_000, said)).toMatchObject({ error: { code: Code.Unavailable } });
    const tries = room.broadcasts.length;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(room.broadcasts).toHaveLength(tries);
  });

  test("above the rate limit waits for the delay that the server requests", async () => {
    const tooFast = refusal(Code.ResourceExhausted, ErrorReason.RATE_LIMITED, { retryMs: 3_000 });
    const { room, said } = await say([tooFast]);
    expect(await within(2_990, said)).toBe("pending");
    expect(await within(20, said)).toMatchObject({ cursor: "c2" });
    expect(new Set(ids(room)).size).toBe(1);
  });

  test("above the rate limit fails at once without waitOutRate", async () => {
    const tooFast = refusal(Code.ResourceExhausted, ErrorReason.RATE_LIMITED, { retryMs: 3_000 });
    const { said } = await say([tooFast], false);
    expect(await within(1, said)).toMatchObject({ error: { code: Code.ResourceExhausted } });
  });

  test("in a session that has ended logs in again", async () => {
    const { room, said } = await say([notLoggedIn()]);
    expect(await within(1_000, said)).toMatchObject({ cursor: "c2" });
    expect(room.logins).toHaveLength(2);
  });

  test("is not retried under a new session if it may have been appended under the old one", async () => {
    const { room, said } = await say([new ConnectError("killed", Code.Aborted), notLoggedIn()]);
    expect(await within(5_000, said)).toMatchObject({ error: { code: Code.Unauthenticated } });
    expect(room.broadcasts).toHaveLength(2);
  });

  test("by two calls at once in a session that has ended logs in once", async () => {
    const { room, session, said } = await say([notLoggedIn(), notLoggedIn()]);
    const other = session.say("me too");
    expect(await within(1_000, said)).toMatchObject({ duplicate: false });
    expect(await within(1_000, other)).toMatchObject({ duplicate: false });
    expect(room.logins).toHaveLength(2);
  });
});

describe("a private message", () => {
  test("to a person is for that person alone, one to a nickname for its present holder", async () => {
    const room = createFakeRoom();
    const session = await connect({ nickname: "ming", transport: room.transport });
    await session.whisper({ nickname: "kim", id: "7" }, "psst");
    await session.whisper("kim", "psst");
    expect(room.whispers.map(({ recipient, recipientId }) => [recipient, recipientId])).toEqual([
      ["kim", "7"],
      ["kim", ""],
    ]);
  });

  test("to a person who is gone is refused by the field recipient_id", async () => {
    const room = createFakeRoom();
    const session = await connect({ nickname: "ming", transport: room.transport });
    room.failures.sendTo.push(refusal(Code.NotFound, ErrorReason.USER_NOT_FOUND, { field: "recipient_id" }));
    const error = await session.whisper({ nickname: "kim", id: "7" }, "psst").catch((thrown) => thrown);
    expect(refusalOf(error)).toMatchObject({ reason: "USER_NOT_FOUND", field: "recipient_id" });
    expect(room.whispers).toHaveLength(1);
  });
});

describe("events and signals", () => {
  test("come apart and in order, with people instead of names", async () => {
    const room = createFakeRoom();
    room.feeds.push(async function* (_request, context) {
      yield hello();
      yield message("1");
      yield { case: "caughtUp", value: { cursor: "1", replayed: 1, online: 3 } };
      yield message("2");
      await silence(context);
    });
    const session = await connect({ nickname: "ming", transport: room.transport });
    const seen: unknown[] = [];
    const onSignal = (signal: Signal) => seen.push(signal);
    for await (const event of session.events({ onSignal })) {
      seen.push(event);
      if (event.id === "2") await session.leave();
    }
    expect(seen).toMatchObject([
      { kind: "hello", resumed: false },
      { kind: "groupMessage", id: "1", sender: { nickname: "alice", id: "a" }, text: "1" },
      { kind: "caughtUp", cursor: "1", replayed: 1, online: 3 },
      { kind: "groupMessage", id: "2" },
    ]);
  });

  test("the number of members is that of caughtUp, and follows joins and leaves", async () => {
    const room = createFakeRoom();
    const joined = (id: string) =>
      event({ id: `+${id}`, cursor: "1", kind: { case: "joined", value: { user: { nickname: id, id } } } });
    const left = (id: string) =>
      event({ id: `-${id}`, cursor: "1", kind: { case: "left", value: { user: { nickname: id, id } } } });
    const caughtUp = (online: number): Item => ({ case: "caughtUp", value: { cursor: "1", online } });
    room.feeds.push(
      async function* () {
        for (const item of [hello(), joined("early"), caughtUp(5), joined("a"), joined("b"), left("a")])
          yield item;
        throw unavailable();
      },
      async function* (_request, context) {
        for (const item of [hello(), left("b"), caughtUp(9), message("last")]) yield item;
        await silence(context);
      },
    );
    const session = await connect({ nickname: "ming", transport: room.transport });
    const counts: (number | null)[] = [];
    const read = async () => {
      for await (const { id } of session.events()) {
        counts.push(session.online);
        if (id === "last") await session.leave();
      }
    };
    await within(5_000, read());
    expect(counts).toEqual([null, 6, 7, 6, 5, 9]);
  });

  test("hello brings the limits of a server that was started anew", async () => {
    const room = createFakeRoom();
    room.feeds.push(
      async function* () {
        yield hello(15_000, { limits: { maxTextBytes: 100, features: [Feature.DURABLE, 99 as Feature] } });
        throw unavailable();
      },
      async function* (_request, context) {
        yield hello(15_000, { limits: { maxTextBytes: 200 } });
        yield message("1");
        await silence(context);
      },
    );
    const stored: Limits[] = [];
    const session = await connect({
      nickname: "ming",
      transport: room.transport,
      onChange: ({ limits }) => void stored.push(limits),
    });
    const read = async () => {
      for await (const _event of session.events()) await session.leave();
    };
    await within(5_000, read());
    expect(session.limits).toMatchObject({ maxTextBytes: 200, features: [] });
    expect(stored.map(({ maxTextBytes, features }) => [maxTextBytes, features])).toEqual([
      [Number.POSITIVE_INFINITY, []],
      [100, ["DURABLE"]],
      [200, []],
    ]);
  });

  test("a feed that a newer one replaced ends, and takes no other feed's place", async () => {
    const room = createFakeRoom();
    room.feeds.push(async function* () {
      yield hello();
      yield { case: "goodbye", value: { reason: GoodbyeReason.REPLACED, reconnect: false } };
    });
    const session = await connect({ nickname: "ming", transport: room.transport });
    const read = async () => {
      for await (const _event of session.events());
    };
    expect(await within(60_000, read())).toMatchObject({
      error: { name: "SessionEnded", reason: "REPLACED" },
    });
    expect(room.subscribed).toHaveLength(1);
  });
});

test.each(["REMOVED", "BANNED"] as const)(
  "after %s neither the feed nor a call logs in again",
  async (reason) => {
    const room = createFakeRoom();
    room.feeds.push(async function* () {
      yield hello();
      yield { case: "goodbye", value: { reason: GoodbyeReason[reason], reconnect: false } };
      throw refusal(Code.PermissionDenied, ErrorReason.NOT_ALLOWED);
    });
    const session = await connect({ nickname: "ming", transport: room.transport });
    const read = async () => {
      for await (const _event of session.events());
    };
    const end = { error: { name: "SessionEnded", reason, retryable: false } };
    expect(await within(60_000, read())).toMatchObject(end);
    room.failures.broadcast.push(notLoggedIn());
    expect(await within(60_000, session.say("hello?"))).toMatchObject(end);
    expect([room.logins.length, room.subscribed.length, room.broadcasts.length]).toEqual([1, 1, 1]);
  },
);

test("a refusal that is no end of the session is thrown as it is, and no login follows", async () => {
  const room = createFakeRoom();
  const session = await connect({ nickname: "ming", transport: room.transport });
  room.failures.broadcast.push(refusal(Code.PermissionDenied, ErrorReason.MUTED));
  const outcome = await within(60_000, session.say("hello?"));
  expect(outcome).toMatchObject({ error: { code: Code.PermissionDenied } });
  expect(refusalOf((outcome as { error: unknown }).error)?.reason).toBe("MUTED");
  expect(room.logins).toHaveLength(1);
});

test("leaving logs out, and ends the feed without an error", async () => {
  const room = createFakeRoom();
  const session = await connect({ nickname: "ming", transport: room.transport });
  const read = async () => {
    for await (const _event of session.events({ onSignal: () => void session.leave() }));
    return "ended";
  };
  expect(await within(1_000, read())).toBe("ended");
  expect(room.logouts).toBe(1);
});
