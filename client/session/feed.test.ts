import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ErrorReason } from "../../gen/parlance/v1/errors_pb.js";
import { GoodbyeReason } from "../../gen/parlance/v1/event_pb.js";
import { SessionEnded } from "./errors.js";
import type { FeedItem } from "./feed.js";
import { silenceBeforeHello } from "./obstacle.js";
import type { FeedStart } from "./session.js";
import { connect } from "./session.js";
import {
  createFakeRoom,
  event,
  type FakeRoom,
  type FeedScript,
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

/** Reads a feed into a list. */
async function readFeed(room: FakeRoom, start: FeedStart = {}) {
  const end = new AbortController();
  const session = await connect({ nickname: "ming", transport: room.transport, signal: end.signal });
  const items: FeedItem[] = [];
  const feed = session.feed(start);
  let failure: unknown;
  let ended = false;
  const read = async () => {
    for await (const item of feed.items()) items.push(item);
  };
  const done = read()
    .catch((error: unknown) => {
      failure = error;
    })
    .finally(() => {
      ended = true;
    });
  return {
    feed,
    end,
    done,
    items,
    texts: () =>
      items.flatMap((item) =>
        item.kind === "event" && item.event.kind === "groupMessage" ? [item.event.text] : [],
      ),
    lost: () => items.filter((item) => item.kind === "lost"),
    failure: () => failure,
    ended: () => ended,
  };
}

const script = (...steps: (Item | Error)[]): FeedScript =>
  async function* (_request, context) {
    for (const step of steps) {
      if (step instanceof Error) throw step;
      yield step;
    }
    await silence(context);
  };

const goodbye = (reason: GoodbyeReason, reconnect: boolean, retryMs = 0, cursor = ""): Item => ({
  case: "goodbye",
  value: { cursor, reason, reconnect, retryDelay: durationFromMs(retryMs) },
});

describe("a feed across reconnects", () => {
  test("resumes after the last event: in order, no loss, no duplicates", async () => {
    const room = createFakeRoom();
    room.feeds.push(
      script(hello(), message("1"), message("2"), new ConnectError("killed", Code.Aborted)),
      script(hello(), message("2"), message("3"), unavailable()),
      script(hello(), message("4")),
    );
    const reader = await readFeed(room, { backlog: 20 });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(reader.texts()).toEqual(["1", "2", "3", "4"]);
    expect(room.subscribed.map(({ after, backlog }) => [after, backlog])).toEqual([
      ["", 20],
      ["2", 0],
      ["3", 0],
    ]);
    reader.end.abort();
    await reader.done;
    expect(reader.failure()).toBeUndefined();
  });

  test("a heartbeat moves the cursor", async () => {
    const room = createFakeRoom();
    room.feeds.push(
      script(hello(), message("1"), { case: "heartbeat", value: { cursor: "9" } }, unavailable()),
    );
    const reader = await readFeed(room);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(room.subscribed.at(-1)?.after).toBe("9");
    reader.end.abort();
  });

  test.each([
    ["unavailable", unavailable()],
    ["a server that was killed", new ConnectError("killed", Code.Aborted)],
    ["a proxy's cut", new ConnectError("cut", Code.Internal)],
    ["a browser's error", new ConnectError("failed to fetch", Code.Unknown)],
    ["a frame cut in two", new ConnectError("incomplete envelope", Code.InvalidArgument)],
    ["reading too slowly", refusal(Code.ResourceExhausted, ErrorReason.TOO_SLOW)],
  ])("%s is retried", async (_what, error) => {
    const room = createFakeRoom();
    room.feeds.push(script(hello(), error));
    const reader = await readFeed(room);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(room.subscribed).toHaveLength(2);
    reader.end.abort();
  });

  test("something else in the server's place ends a feed that never worked, and passes for one that did", async () => {
    const page = () => new ConnectError("HTTP 302", Code.Unknown);
    const never = createFakeRoom();
    never.feeds.push(script(page()));
    const failing = await readFeed(never);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(failing.failure()).toMatchObject({ rawMessage: "HTTP 302" });

    const later = createFakeRoom();
    later.feeds.push(
      script(hello(), message("1"), unavailable()),
      script(page()),
      script(hello(), message("2")),
    );
    const reader = await readFeed(later);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(reader.texts()).toEqual(["1", "2"]);
    reader.end.abort();
  });

  test("a refusal that is not retryable ends it", async () => {
    const room = createFakeRoom();
    room.feeds.push(script(refusal(Code.InvalidArgument, ErrorReason.CURSOR_INVALID)));
    const reader = await readFeed(room, { after: "nonsense" });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(reader.failure()).toBeInstanceOf(ConnectError);
    expect(room.subscribed).toHaveLength(1);
  });

  test("backs off up to 15 s, and resets once a connection was open", async () => {
    const room = createFakeRoom();
    for (let i = 0; i < 8; i++) room.feeds.push(script(unavailable()));
    room.feeds.push(script(hello(), unavailable()));
    const reader = await readFeed(room);
    await vi.advanceTimersByTimeAsync(180_000);
    // Then the last feed is silent, until the watchdog ends it.
    const delays = reader.lost().slice(0, 9);
    expect(delays.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 1]);
    for (const { attempt, delayMs } of delays) {
      const base = Math.min(15_000, 500 * 2 ** (attempt - 1));
      expect(delayMs).toBeGreaterThanOrEqual(base / 2);
      expect(delayMs).toBeLessThanOrEqual(Math.min(15_000, base * 1.5));
    }
    reader.end.abort();
  });

  test("retryNow does not wait", async () => {
    const room = createFakeRoom();
    for (let i = 0; i < 100; i++) room.feeds.push(script(unavailable()));
    const reader = await readFeed(room);
    await vi.advanceTimersByTimeAsync(20_000);
    const before = room.subscribed.length;
    reader.feed.retryNow();
    await vi.advanceTimersByTimeAsync(1);
    expect(room.subscribed).toHaveLength(before + 1);
    reader.end.abort();
  });
});

describe("silence", () => {
  test("of two and a half heartbeats is a lost connection; anything received resets it", async () => {
    const room = createFakeRoom();
    room.feeds.push(async function* (_request, context) {
      yield hello(15_000);
      await new Promise((resolve) => setTimeout(resolve, 37_000));
      yield message("late");
      await silence(context);
    });
    const reader = await readFeed(room);
    await vi.advanceTimersByTimeAsync(37_000 + 37_000);
    expect(reader.texts()).toEqual(["late"]);
    expect(reader.lost()).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(reader.lost()).toMatchObject([{ lastHeardMs: Date.now() - 37_500 - 500 }]);
    reader.end.abort();
  });

  test("before hello is a lost connection sooner, and known as such", async () => {
    const room = createFakeRoom();
    room.feeds.push(script(), script(hello()));
    const reader = await readFeed(room);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(reader.lost()).toMatchObject([{ lastHeardMs: null }]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(reader.lost().map(({ error }) => silenceBeforeHello(error))).toEqual([10_000, undefined]);
    reader.end.abort();
  });

  test("is counted from the last sign of life", async () => {
    const room = createFakeRoom();
    room.feeds.push(script(hello(), message("1")));
    const reader = await readFeed(room);
    await vi.advanceTimersByTimeAsync(0);
    const heardMs = Date.now();
    await vi.advanceTimersByTimeAsync(40_000);
    expect(reader.lost()).toMatchObject([{ lastHeardMs: heardMs }]);
    reader.end.abort();
  });

  test("is noticed soon after a machine has slept, in which timers stand still", async () => {
    const room = createFakeRoom();
    room.feeds.push(script(hello()));
    const reader = await readFeed(room);
    await vi.advanceTimersByTimeAsync(1_000);
    vi.setSystemTime(Date.now() + 3_600_000);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(reader.lost()).toHaveLength(1);
    reader.end.abort();
  });

  test("while the reader is busy does not count", async () => {
    const room = createFakeRoom();
    room.feeds.push(script(hello(), message("1"), message("2")));
    const session = await connect({ nickname: "ming", transport: room.transport });
    const texts: string[] = [];
    const read = async () => {
      for await (const event of session.events()) {
        if (event.kind !== "groupMessage") continue;
        texts.push(event.text);
        await new Promise((resolve) => setTimeout(resolve, 300_000));
      }
    };
    const done = read();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(texts).toEqual(["1", "2"]);
    expect(room.subscribed).toHaveLength(1);
    await session.leave();
    await vi.advanceTimersByTimeAsync(300_000);
    await done;
  });
});

describe("an event", () => {
  test("is yielded once, by its id", async () => {
    const room = createFakeRoom();
    // A restored copy assigns a position again, to another event.
    room.feeds.push(
      script(hello(), message("1"), message("1"), message("other", { cursor: "1" }), unavailable()),
      script(hello(), message("other", { cursor: "2" }), message("3")),
    );
    const reader = await readFeed(room);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(reader.texts()).toEqual(["1", "other", "3"]);
    reader.end.abort();
  });

  test("of a later schema is skipped, and moves the cursor", async () => {
    const room = createFakeRoom();
    room.feeds.push(script(hello(), event({ id: "new", cursor: "8" }), unavailable()));
    const reader = await readFeed(room);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(reader.items.filter(({ kind }) => kind === "event")).toEqual([]);
    expect(room.subscribed.at(-1)?.after).toBe("8");
    reader.end.abort();
  });
});

describe("a feed that a newer one replaced", () => {
  test.each([
    ["by its goodbye", goodbye(GoodbyeReason.REPLACED, false, 0, "5")],
    ["by its error", refusal(Code.ResourceExhausted, ErrorReason.ROOM_FULL)],
  ])("(%s) waits to be started again, and resumes", async (_how, end) => {
    const room = createFakeRoom();
    room.feeds.push(script(hello(), message("5"), end), script(hello(), message("6")));
    const reader = await readFeed(room, { waitsIfReplaced: true });
    await vi.advanceTimersByTimeAsync(600_000);
    expect(reader.items.at(-1)).toEqual({ kind: "replaced" });
    expect(room.subscribed).toHaveLength(1);
    reader.feed.retryNow();
    await vi.advanceTimersByTimeAsync(10);
    expect(reader.texts()).toEqual(["5", "6"]);
    expect(room.subscribed.at(-1)?.after).toBe("5");
    reader.end.abort();
  });

  test("is not what a full room means to a login", async () => {
    const room = createFakeRoom();
    room.feeds.push(script(hello(), notLoggedIn()));
    const reader = await readFeed(room, { waitsIfReplaced: true });
    room.failures.login.push(refusal(Code.ResourceExhausted, ErrorReason.ROOM_FULL));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(reader.items.filter(({ kind }) => kind === "replaced")).toEqual([]);
    expect(room.logins).toHaveLength(3);
    reader.end.abort();
  });
});

describe("the server's goodbye", () => {
  test("of a shutdown delays the reconnect", async () => {
    const room = createFakeRoom();
    room.feeds.push(script(hello(), message("1"), goodbye(GoodbyeReason.SHUTTING_DOWN, true, 3_000)));
    const reader = await readFeed(room);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(room.subscribed).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(room.subscribed.map(({ after }) => after)).toEqual(["", "1"]);
    reader.end.abort();
  });

  test("takes precedence over the code that follows", async () => {
    const room = createFakeRoom();
    room.feeds.push(script(hello(), goodbye(GoodbyeReason.LOGGED_OUT, false), unavailable()));
    const reader = await readFeed(room);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(reader.failure()).toBeInstanceOf(SessionEnded);
    expect(reader.failure()).toMatchObject({ reason: "LOGGED_OUT" });
    expect(room.subscribed).toHaveLength(1);
  });
});

describe("a session that has ended", () => {
  test("logs in again under the same nickname, and the feed resumes", async () => {
    const room = createFakeRoom();
    room.feeds.push(
      script(hello(), message("1"), unavailable()),
      script(notLoggedIn()),
      script(hello(), message("2")),
    );
    const reader = await readFeed(room);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(reader.texts()).toEqual(["1", "2"]);
    expect(room.logins.map(({ nickname }) => nickname)).toEqual(["ming", "ming"]);
    expect(room.subscribed.at(-1)).toEqual({ after: "1", backlog: 0, token: "Bearer token-2" });
    reader.end.abort();
  });

  test("ends the feed if the nickname is taken", async () => {
    const room = createFakeRoom();
    room.feeds.push(script(notLoggedIn()));
    const reader = await readFeed(room);
    room.failures.login.push(refusal(Code.AlreadyExists, ErrorReason.NICKNAME_TAKEN));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(reader.failure()).toMatchObject({ code: Code.AlreadyExists });
  });

  test("does not log in again and again without a delay", async () => {
    const room = createFakeRoom();
    for (let i = 0; i < 50; i++) room.feeds.push(script(notLoggedIn()));
    const reader = await readFeed(room);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(room.logins.length).toBeLessThan(10);
    reader.end.abort();
  });
});

test("an idle client has no timer but the watchdog's", async () => {
  const room = createFakeRoom();
  const reader = await readFeed(room);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(vi.getTimerCount()).toBe(1);
  reader.end.abort();
  await reader.done;
  expect(vi.getTimerCount()).toBe(0);
  expect(reader.ended()).toBe(true);
});
