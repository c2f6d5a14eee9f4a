import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { EventSchema, GapReason } from "../../gen/parlance/v1/event_pb.js";
import type { Line } from "./line.js";
import { type Input, reduce, wakeAtMs } from "./reduce.js";
import { initialState, type State } from "./state.js";

type Kind = NonNullable<MessageInitShape<typeof EventSchema>["kind"]>;

/** A client whose clock the test moves. */
function createReader(awaySinceMs: number | null = null) {
  let state: State = initialState("http://test");
  let nowMs = 1_000_000;
  const lines: Line[] = [];
  const dispatch = (input: Input) => {
    const step = reduce(state, input);
    state = step.state;
    lines.push(...step.lines);
  };
  const reader = {
    dispatch,
    get state() {
      return state;
    },
    /** The lines since the last call, in a short form. */
    told: () => lines.splice(0).map(short),
    lines,
    hear(kind: Kind) {
      const event = create(EventSchema, { cursor: "c", time: timestampFromMs(nowMs), kind });
      dispatch({ kind: "feed", item: { kind: "event", event }, nowMs });
    },
    message: (sender: string, text = "hi") => reader.hear({ case: "message", value: { sender, text } }),
    comes: (nickname: string, id = nickname) =>
      reader.hear({ case: "joined", value: { user: { nickname, id }, online: state.online + 1 } }),
    goes: (nickname: string) =>
      reader.hear({ case: "left", value: { user: { nickname, id: nickname }, online: state.online - 1 } }),
    opens: (value: { online?: number; ignoring?: boolean } = {}) =>
      reader.hear({ case: "hello", value: { online: 2, ...value } }),
    caughtUp: () => reader.hear({ case: "caughtUp", value: {} }),
    breaks(silentMs = 0) {
      const lastHeardMs = nowMs - silentMs;
      const attempt = { attempt: 1, retryAtMs: nowMs + 500, delayMs: 500 };
      dispatch({ kind: "feed", item: { kind: "lost", ...attempt, lastHeardMs, error: undefined }, nowMs });
    },
    passes(ms: number) {
      nowMs += ms;
      dispatch({ kind: "tick", nowMs });
    },
  };
  const limits = { maxTextBytes: 1, maxTextLines: 1, maxBacklog: 1 };
  dispatch({ kind: "session", self: { nickname: "ming", id: "1" }, limits, motd: "", awaySinceMs, nowMs });
  return reader;
}

function short(line: Line): string {
  switch (line.kind) {
    case "message":
      return `${line.sender}${line.live ? "" : "~"}`;
    case "private":
      return `private ${line.direction}`;
    case "joined":
    case "left":
      return `${line.kind} ${line.nicknames.join("+")}`;
    case "before":
      return `before ${line.count}`;
    case "offline":
      return `offline ${line.offlineMs / 1000}s ${line.count}`;
    case "trimmed":
      return `trimmed ${line.offlineMs / 1000}s`;
    case "resumed":
      return `resumed ${line.missed ? "with misses" : "whole"}`;
    case "ignoring_ended":
      return `ignoring_ended ${line.skipped}`;
    case "problem":
      return `! ${line.problem.what}`;
    default:
      return line.kind;
  }
}

function inTheRoom() {
  const reader = createReader();
  reader.opens();
  reader.caughtUp();
  reader.told();
  return reader;
}

describe("joining", () => {
  test("the backlog is shown above the reader's own join", () => {
    const reader = createReader();
    reader.opens({ online: 3 });
    reader.message("alice");
    reader.message("bob");
    reader.comes("ming", "1");
    reader.caughtUp();
    reader.message("alice");
    expect(reader.told()).toEqual(["alice~", "bob~", "before 2", "welcome", "alice"]);
  });

  test("an empty room has no heading", () => {
    const reader = createReader();
    reader.opens();
    reader.caughtUp();
    expect(reader.told()).toEqual(["welcome"]);
  });
});

describe("joins and leaves", () => {
  test("joins within two seconds are folded into one line, on time", () => {
    const reader = inTheRoom();
    reader.comes("a");
    reader.passes(1000);
    reader.comes("b");
    expect(reader.told()).toEqual([]);
    expect(wakeAtMs(reader.state)).not.toBeNull();
    reader.passes(1000);
    expect(reader.told()).toEqual(["joined a+b"]);
    expect(wakeAtMs(reader.state)).toBeNull();
  });

  test("a message never overtakes the join before it", () => {
    const reader = inTheRoom();
    reader.comes("a");
    reader.message("a");
    reader.goes("a");
    reader.comes("b");
    reader.passes(2000);
    expect(reader.told()).toEqual(["joined a", "a", "left a", "joined b"]);
  });

  test("in a crowd only those who take part are announced", () => {
    const reader = createReader();
    reader.opens({ online: 100 });
    reader.caughtUp();
    reader.told();
    reader.comes("quiet");
    reader.message("talker");
    reader.goes("talker");
    reader.goes("quiet");
    reader.passes(2000);
    expect(reader.told()).toEqual(["talker", "left talker"]);
    expect(reader.state.people.has("quiet")).toBe(false);
  });
});

describe("a lost connection", () => {
  test("missed events are counted and in order, between heading and closing line", () => {
    const reader = inTheRoom();
    reader.breaks();
    expect(reader.told()).toEqual(["! connection_lost"]);
    reader.breaks();
    reader.passes(38_000);
    reader.opens();
    reader.message("alice");
    reader.comes("bob");
    reader.message("bob");
    expect(reader.told()).toEqual([]);
    reader.caughtUp();
    reader.message("alice");
    expect(reader.told()).toEqual([
      "offline 38s 2",
      "alice~",
      "joined bob",
      "bob~",
      "resumed with misses",
      "alice",
    ]);
  });

  test("counts from the last sign of life of the server", () => {
    const reader = inTheRoom();
    reader.breaks(38_000);
    reader.passes(2_000);
    reader.opens();
    reader.message("alice");
    reader.caughtUp();
    expect(reader.told()).toEqual(["! connection_lost", "offline 40s 1", "alice~", "resumed with misses"]);
  });

  test("a reconnect without missed events is announced as such", () => {
    const reader = inTheRoom();
    reader.breaks();
    reader.opens();
    reader.caughtUp();
    expect(reader.told()).toEqual(["! connection_lost", "resumed whole"]);
  });

  test("too many held lines are shown before the replay is complete", () => {
    const reader = inTheRoom();
    reader.breaks();
    reader.opens();
    for (let i = 0; i < 600; i++) reader.message("alice");
    const shown = reader.told();
    expect(shown.slice(0, 3)).toEqual(["! connection_lost", "offline 0s null", "alice~"]);
    reader.caughtUp();
    expect([...shown, ...reader.told()].filter((one) => one === "alice~")).toHaveLength(600);
  });

  test("a replay longer than a second is shown as it arrives", () => {
    const reader = inTheRoom();
    reader.breaks();
    reader.opens();
    reader.message("alice");
    reader.passes(1000);
    expect(reader.told()).toEqual(["! connection_lost", "offline 0s null", "alice~"]);
  });

  test("a connection loss during a replay loses no held lines", () => {
    const reader = inTheRoom();
    reader.breaks();
    reader.opens();
    reader.message("alice");
    reader.breaks();
    reader.opens();
    reader.message("bob");
    reader.caughtUp();
    const told = reader.told();
    expect(told.filter((one) => one.endsWith("~"))).toEqual(["alice~", "bob~"]);
  });

  test.each([
    [GapReason.TRIMMED, "trimmed 0s"],
    [GapReason.STORE_REPLACED, "store_replaced"],
    [GapReason.AHEAD, "log_went_back"],
  ])("a gap (%s) has its own line", (reason, expected) => {
    const reader = inTheRoom();
    reader.breaks();
    reader.opens();
    reader.hear({ case: "gap", value: { reason } });
    reader.message("alice");
    reader.caughtUp();
    expect(reader.told()).toEqual(["! connection_lost", expected, "alice~", "resumed with misses"]);
  });

  test("a restarted client shows what it missed", () => {
    const reader = createReader(1_000_000 - 60_000);
    reader.opens();
    reader.message("alice");
    reader.caughtUp();
    expect(reader.told()).toEqual(["offline 60s 1", "alice~", "resumed with misses"]);
  });
});

describe("ignoring group chat", () => {
  test("our own ToggleIgnore is shown once, with the count, in either order of response and event", () => {
    for (const eventFirst of [true, false]) {
      const reader = inTheRoom();
      reader.hear({ case: "ignoreChanged", value: { ignoring: true } });
      reader.told();
      reader.dispatch({ kind: "ignore_sent" });
      const event = () => reader.hear({ case: "ignoreChanged", value: { ignoring: false } });
      if (eventFirst) event();
      reader.dispatch({ kind: "ignore_done", ignoring: false, skipped: 12, nowMs: 0 });
      if (!eventFirst) event();
      expect(reader.told()).toEqual(["ignoring_ended 12"]);
    }
  });

  test("a change on another device is shown without a count", () => {
    const reader = inTheRoom();
    reader.hear({ case: "ignoreChanged", value: { ignoring: true } });
    reader.hear({ case: "ignoreChanged", value: { ignoring: false } });
    expect(reader.told()).toEqual(["ignoring", "ignoring_ended null"]);
  });
});

test("the partner of the last private message is remembered, from either side", () => {
  const reader = inTheRoom();
  const say = (sender: string, recipient: string) =>
    reader.hear({ case: "privateMessage", value: { sender, recipient, text: "x" } });
  say("alice", "ming");
  expect(reader.state.partner).toBe("alice");
  say("ming", "bob");
  expect(reader.state.partner).toBe("bob");
  say("ming", "Ming");
  expect(reader.state.partner).toBe("bob");
  expect(reader.told()).toEqual(["private in", "private out", "private self"]);
});

test("an event of a later schema is skipped", () => {
  const reader = inTheRoom();
  reader.hear({ case: undefined });
  expect(reader.told()).toEqual([]);
});
