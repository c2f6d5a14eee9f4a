import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { SubscribeResponseSchema } from "../../gen/parlance/v1/chat_service_pb.js";
import { EventSchema, GapReason, GoodbyeReason, ModerationAction } from "../../gen/parlance/v1/event_pb.js";
import { Entry, type Speaking } from "../../gen/parlance/v1/room_pb.js";
import { Role, UserSchema } from "../../gen/parlance/v1/user_pb.js";
import { eventOf, type SignalMessage, signalOf } from "../session/event.js";
import { UNKNOWN_LIMITS } from "../session/limits.js";
import { guest } from "../session/test-room.js";
import type { Line } from "./line.js";
import { type Input, reduce, wakeAtMs } from "./reduce.js";
import { initialState, type State } from "./state.js";

type Kind = NonNullable<MessageInitShape<typeof EventSchema>["kind"]>;
type Item = NonNullable<MessageInitShape<typeof SubscribeResponseSchema>["item"]>;

/** A client whose clock the test moves. */
function createReader(awaySinceMs: number | null = null, start: Partial<State> = {}, motd = "") {
  let state: State = { ...initialState("http://test"), ...start };
  let nowMs = 1_000_000;
  let online: number | null = null;
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
    hear(kind: Kind, id = "") {
      const event = eventOf(create(EventSchema, { id, cursor: "c", time: timestampFromMs(nowMs), kind }));
      if (event) dispatch({ kind: "feed", item: { kind: "event", event }, online, nowMs });
    },
    signal(item: Item) {
      const signal = signalOf(create(SubscribeResponseSchema, { item }).item as SignalMessage);
      dispatch({ kind: "feed", item: { kind: "signal", signal }, online, nowMs });
    },
    message: (sender: string, text = "hi") =>
      reader.hear({ case: "groupMessage", value: { sender, senderId: sender, text } }),
    whisper: (senderId: string, recipientId: string, text = "psst", id = "") => {
      const value = { sender: senderId, senderId, recipient: recipientId, recipientId, text };
      reader.hear({ case: "privateMessage", value }, id);
    },
    comes: (nickname: string, id = nickname) =>
      reader.hear({ case: "joined", value: { user: user(nickname, id) } }),
    goes: (nickname: string, id = nickname) =>
      reader.hear({ case: "left", value: { user: user(nickname, id) } }),
    opens: (value: { ignoring?: boolean; resumed?: boolean } = {}) => reader.signal({ case: "hello", value }),
    caughtUp(count = 2) {
      online = count;
      reader.signal({ case: "caughtUp", value: { online } });
    },
    breaks(silentMs = 0) {
      const lastHeardMs = nowMs - silentMs;
      const attempt = { attempt: 1, retryAtMs: nowMs + 500, delayMs: 500 };
      dispatch({
        kind: "feed",
        item: { kind: "lost", ...attempt, lastHeardMs, error: undefined },
        online,
        nowMs,
      });
    },
    isReplaced: () => dispatch({ kind: "feed", item: { kind: "replaced" }, online, nowMs }),
    passes(ms: number) {
      nowMs += ms;
      dispatch({ kind: "tick", nowMs });
    },
  };
  const limits = { ...UNKNOWN_LIMITS, graceMs: 30_000 };
  dispatch({ kind: "session", self: { nickname: "ming", id: "1" }, limits, motd, awaySinceMs });
  return reader;
}

const user = (nickname: string, id: string) => create(UserSchema, { nickname, id });

function short(line: Line): string {
  switch (line.kind) {
    case "message":
      return `${line.sender}${line.live ? "" : "~"}`;
    case "private":
      return `private ${line.direction}`;
    case "joined":
    case "left":
    case "removed":
      return `${line.kind} ${line.nicknames.join("+")}`;
    case "while_away":
      return `while_away ${line.count}`;
    case "before":
      return `before ${line.count}`;
    case "offline":
      return `offline ${line.offlineMs / 1000}s ${line.count}`;
    case "trimmed":
      return line.offlineMs === null ? "trimmed while away" : `trimmed ${line.offlineMs / 1000}s`;
    case "resumed":
      return `resumed ${line.missed ? "with misses" : "whole"}`;
    case "welcome":
      return `welcome ${line.online}`;
    case "away":
      return `away ${line.nickname} ${line.withinMs}`;
    case "undelivered":
      return `undelivered ${line.nickname} ${line.count}: ${line.texts.join(", ")}`;
    case "redacted":
      return `redacted ${line.count} of ${line.own ? "own" : line.nickname}: ${line.reason}`;
    case "moderated":
      return `${line.action} ${line.own ? "own" : line.nickname} by ${line.moderator} for ${line.forMs}`;
    case "user_changed":
      return `${line.own ? "own" : line.nickname} is ${line.role}${line.registered ? ", registered" : ""}`;
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
    reader.opens();
    reader.message("alice");
    reader.message("bob");
    reader.comes("ming", "1");
    reader.message("bob");
    reader.caughtUp(3);
    reader.message("alice");
    expect(reader.told()).toEqual(["alice~", "bob~", "before 2", "welcome 3", "bob~", "alice"]);
  });

  test("an empty room has no heading", () => {
    const reader = createReader();
    reader.opens();
    reader.caughtUp(1);
    expect(reader.told()).toEqual(["welcome 1"]);
  });

  test("a backlog that takes long is shown before the number of members is known", () => {
    const reader = createReader();
    reader.opens();
    reader.message("alice");
    reader.comes("ming", "1");
    expect(reader.told()).toEqual([]);
    reader.passes(1000);
    expect(reader.told()).toEqual(["alice~", "before 1", "welcome null"]);
    reader.caughtUp();
    expect(reader.told()).toEqual([]);
  });

  test("joins and leaves of the backlog are no news in a crowd", () => {
    for (const online of [3, 100]) {
      const reader = createReader();
      reader.opens();
      reader.comes("quiet");
      reader.comes("talker");
      reader.message("talker");
      reader.caughtUp(online);
      expect(reader.told()).toEqual([
        online === 3 ? "joined quiet+talker" : "joined talker",
        "talker~",
        "before 1",
        `welcome ${online}`,
      ]);
    }
  });
});

describe("who has a nickname", () => {
  test("follows joins, leaves and messages by id", () => {
    const reader = inTheRoom();
    const holder = () => reader.state.people.get("kim")?.id;
    reader.comes("Kim", "7");
    expect(holder()).toBe("7");
    reader.goes("kim", "6");
    expect(holder()).toBe("7");
    reader.goes("Kim", "7");
    expect(holder()).toBeUndefined();
    reader.hear({ case: "groupMessage", value: { sender: "kim", senderId: "8", text: "hi" } });
    expect(holder()).toBe("8");
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
    reader.opens();
    reader.caughtUp(100);
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

describe("which joins and leaves are shown is a setting", () => {
  const coming = (joins: State["joins"], online: number) => {
    const reader = createReader(null, { joins });
    reader.opens();
    reader.caughtUp(online);
    reader.told();
    reader.comes("bob");
    reader.message("carl");
    reader.goes("carl");
    reader.hear({ case: "left", value: { user: user("eve", "eve"), removed: true } });
    reader.passes(2_000);
    return reader.told();
  };

  test.each([
    ["all", 30, ["joined bob", "carl", "left carl", "removed eve"]],
    ["smart", 3, ["joined bob", "carl", "left carl", "removed eve"]],
    ["smart", 30, ["carl", "left carl"]],
    ["none", 3, ["carl", "removed eve"]],
  ] as const)("%s, with %s online", (joins, online, shown) => {
    expect(coming(joins, online)).toEqual(shown);
  });
});

test("the message of the day follows older events, and precedes the reader's own join", () => {
  const reader = createReader(null, {}, "be kind");
  expect(reader.told()).toEqual([]);
  reader.opens();
  reader.message("bob");
  reader.comes("ming", "1");
  reader.message("carl");
  reader.caughtUp(3);
  expect(reader.told()).toEqual(["bob~", "before 1", "motd", "welcome 3", "carl~"]);
  const times = reader.lines.map(({ at }) => at);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  reader.breaks();
  reader.opens();
  reader.caughtUp(3);
  expect(reader.told()).not.toContain("motd");
});

test("lines of the client's own have times by the server's clock, where the clocks differ", () => {
  const told = (aheadMs: number) => {
    const reader = createReader();
    reader.signal({ case: "hello", value: { time: timestampFromMs(1_000_000 - aheadMs) } });
    reader.caughtUp();
    reader.breaks();
    reader.signal({ case: "hello", value: { time: timestampFromMs(1_000_000 - aheadMs) } });
    reader.caughtUp();
    reader.dispatch({ kind: "ignore_done", ignoring: true, skipped: 0, nowMs: 1_000_000 });
    reader.dispatch({ kind: "line", line: { kind: "ignored_people", at: 1_000_000, nicknames: [] } });
    return new Set(reader.lines.map(({ at }) => at));
  };
  expect(told(300_000)).toEqual(new Set([700_000]));
  expect(told(-300_000)).toEqual(new Set([1_300_000]));
  // What a signal took to arrive is no difference.
  expect(told(1_500)).toEqual(new Set([1_000_000]));
});

describe("where the reader stopped reading", () => {
  const focus = (reader: ReturnType<typeof inTheRoom>, isFocused: boolean) =>
    reader.dispatch({ kind: "focus", isFocused });

  test("is marked above the first message that arrives while the window has no focus", () => {
    const reader = inTheRoom();
    reader.message("bob");
    focus(reader, false);
    reader.comes("carl");
    reader.passes(2_000);
    expect(reader.told()).toEqual(["bob", "joined carl"]);
    reader.message("bob");
    reader.message("carl");
    expect(reader.told()).toEqual(["read_up_to", "bob", "carl"]);
    focus(reader, true);
    reader.message("bob");
    focus(reader, false);
    focus(reader, true);
    reader.whisper("bob", "1");
    expect(reader.told()).toEqual(["bob", "private in"]);
    focus(reader, false);
    reader.whisper("bob", "1");
    expect(reader.told()).toEqual(["read_up_to", "private in"]);
  });

  test("is not marked above what the reader said on another device, which shows that all before was read", () => {
    const reader = inTheRoom();
    focus(reader, false);
    reader.hear({ case: "groupMessage", value: { sender: "ming", senderId: "1", text: "hi" } });
    reader.message("bob");
    expect(reader.told()).toEqual(["ming", "bob"]);
  });

  test("at the start is what an earlier run showed last", () => {
    const start = (afterId: string) => {
      const reader = createReader(null, { unread: { afterId, isDue: false } });
      reader.opens();
      for (const id of ["e1", "e2", "e3"])
        reader.hear({ case: "groupMessage", value: { sender: id, senderId: id, text: "hi" } }, id);
      reader.caughtUp(3);
      return reader.told();
    };
    const closing = ["before 3", "welcome 3"];
    expect(start("e2")).toEqual(["e1~", "e2~", "read_up_to", "e3~", ...closing]);
    expect(start("e3")).toEqual(["e1~", "e2~", "e3~", ...closing]);
    expect(start("gone")).toEqual(["e1~", "e2~", "e3~", ...closing]);
  });

  test("is not where a window opens that does not have the focus", () => {
    const reader = createReader();
    focus(reader, false);
    reader.opens();
    focus(reader, false);
    reader.message("bob");
    reader.caughtUp();
    reader.message("bob");
    expect(reader.told()).toEqual(["bob~", "before 1", "welcome 2", "bob"]);
  });

  test("needs no mark of its own below a heading of missed messages", () => {
    const reader = inTheRoom();
    focus(reader, false);
    reader.breaks();
    reader.told();
    reader.opens();
    reader.message("bob");
    reader.caughtUp();
    reader.message("carl");
    expect(reader.told()).toEqual(["offline 0s 1", "bob~", "resumed with misses", "carl"]);
  });
});

describe("a person who is ignored", () => {
  const eve = { nickname: "eve", id: "eve", registered: false };
  const ignoring = (person = eve) => {
    const reader = inTheRoom();
    reader.dispatch({ kind: "ignored", ignored: [person] });
    return reader;
  };

  test("is shown in no way, but others are, and so is what becomes of one's own messages", () => {
    const reader = ignoring();
    reader.whisper("1", "eve", "hello", "w1");
    reader.told();
    reader.comes("eve");
    reader.message("eve");
    reader.whisper("eve", "1");
    reader.hear({ case: "redacted", value: { ids: ["x"], sender: "eve", senderId: "eve" } });
    reader.goes("eve");
    reader.passes(2_000);
    expect(reader.told()).toEqual([]);
    reader.message("bob");
    reader.hear({ case: "undelivered", value: { recipient: "eve", recipientId: "eve", messageIds: ["w1"] } });
    expect(reader.told()).toEqual(["bob", "undelivered eve 1: hello"]);
    // /reply stays with the one to whom the reader wrote.
    expect(reader.state.partner?.id).toBe("eve");
  });

  test("is still known: who has a nickname does not depend on it", () => {
    const reader = ignoring();
    reader.comes("eve");
    expect(reader.state.people.get("eve")?.id).toBe("eve");
    reader.goes("eve");
    expect(reader.state.people.has("eve")).toBe(false);
  });

  test("is a guest only by its id, and the owner of a nickname also by that", () => {
    const said = (senderId: string, senderRegistered: boolean) => ({
      case: "groupMessage" as const,
      value: { sender: "Eve", senderId, senderRegistered, text: "hi" },
    });
    const guestReader = ignoring();
    guestReader.hear(said("another", false));
    expect(guestReader.told()).toEqual(["Eve"]);
    const reader = ignoring({ ...eve, registered: true });
    reader.hear(said("another", true));
    expect(reader.told()).toEqual([]);
    reader.hear(said("another", false));
    expect(reader.told()).toEqual(["Eve"]);
  });

  test("is in no replay, and counted neither there", () => {
    const reader = ignoring();
    reader.breaks();
    reader.told();
    reader.opens();
    reader.message("eve");
    reader.message("bob");
    reader.caughtUp();
    expect(reader.told()).toEqual(["offline 0s 1", "bob~", "resumed with misses"]);
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
    reader.signal({ case: "gap", value: { reason } });
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

test("the partner of the last private message is remembered with the id, from either side", () => {
  const reader = inTheRoom();
  reader.whisper("alice", "1");
  expect(reader.state.partner).toEqual({ nickname: "alice", id: "alice" });
  reader.whisper("1", "bob");
  expect(reader.state.partner).toEqual({ nickname: "bob", id: "bob" });
  reader.whisper("1", "1");
  expect(reader.state.partner).toEqual({ nickname: "bob", id: "bob" });
  expect(reader.told()).toEqual(["private in", "private out", "private self"]);
});

describe("a private message that may not arrive", () => {
  test("is followed by a remark about its recipient, in either order of response and event", () => {
    for (const eventFirst of [true, false]) {
      const reader = inTheRoom();
      const event = () => reader.whisper("1", "kim", "psst", "m1");
      if (eventFirst) event();
      reader.dispatch({ kind: "recipient_away", id: "m1", nickname: "kim", stored: false, nowMs: 0 });
      if (!eventFirst) event();
      reader.whisper("1", "kim", "psst", "m2");
      expect(reader.told()).toEqual(["private out", "away kim 30000", "private out"]);
    }
  });

  test("is named by its text when its recipient left without it", () => {
    const reader = inTheRoom();
    reader.whisper("1", "kim", "first", "m1");
    reader.whisper("1", "kim", "second", "m2");
    reader.told();
    const value = { messageIds: ["m0", "m1", "m2"], recipient: "kim", recipientId: "kim" };
    reader.hear({ case: "undelivered", value });
    expect(reader.told()).toEqual(["undelivered kim 3: first, second"]);
  });
});

describe("a registered nickname that last left elsewhere", () => {
  function back() {
    const reader = createReader();
    reader.opens({ resumed: true });
    return reader;
  }

  test("finds what it missed under a heading, above its own join", () => {
    const reader = back();
    reader.message("alice");
    reader.whisper("alice", "1");
    reader.comes("ming", "1");
    reader.caughtUp(3);
    expect(reader.told()).toEqual(["while_away 2", "alice~", "private in", "welcome 3"]);
  });

  test("has no heading if it missed nothing", () => {
    const reader = back();
    reader.comes("ming", "1");
    reader.caughtUp(3);
    expect(reader.told()).toEqual(["welcome 3"]);
  });

  test("learns that older messages are gone instead", () => {
    const reader = back();
    reader.signal({ case: "gap", value: { reason: GapReason.TRIMMED } });
    reader.message("alice");
    reader.caughtUp(3);
    expect(reader.told()).toEqual(["trimmed while away", "alice~", "welcome 3"]);
  });
});

describe("what is known of people", () => {
  const standing = ({ state: { role, registered } }: ReturnType<typeof createReader>) => [role, registered];
  const marked = (reader: ReturnType<typeof createReader>) =>
    reader.lines.flatMap((line) =>
      line.kind === "message" || line.kind === "private" ? [[line.registered, line.bot]] : [],
    );

  test("the reader's own role follows the room, and is not kept for another member", () => {
    const reader = inTheRoom();
    expect(standing(reader)).toEqual(["MEMBER", false]);
    const { registered, role } = { registered: true, role: Role.OWNER };
    reader.hear({ case: "userChanged", value: { user: { nickname: "ming", id: "1", registered, role } } });
    reader.hear({ case: "userChanged", value: { user: { nickname: "bob", id: "b", registered } } });
    expect(standing(reader)).toEqual(["OWNER", true]);
    const people = [{ ...guest("ming", "1"), role: "MODERATOR", registered } as const];
    reader.dispatch({ kind: "people", people, total: 1 });
    expect(standing(reader)).toEqual(["MODERATOR", true]);
    const again = { limits: UNKNOWN_LIMITS, motd: "", awaySinceMs: null };
    reader.dispatch({ kind: "session", self: { nickname: "ming", id: "1" }, ...again });
    expect(standing(reader)).toEqual(["MODERATOR", true]);
    reader.dispatch({ kind: "session", self: { nickname: "ming", id: "2" }, ...again });
    expect(standing(reader)).toEqual(["MEMBER", false]);
  });

  test("a message is marked by what it carries, a program by what the list has of the same person", () => {
    const reader = inTheRoom();
    reader.dispatch({ kind: "people", people: [{ ...guest("build", "b"), bot: true }], total: 1 });
    const said = (senderId: string, senderRegistered: boolean) =>
      reader.hear({
        case: "groupMessage",
        value: { sender: "build", senderId, senderRegistered, text: "done" },
      });
    said("b", true);
    said("b", false);
    said("someone else", true);
    expect(marked(reader)).toEqual([
      [true, true],
      [false, true],
      [true, false],
    ]);
  });

  test("a message to someone who is not in the room is said to be stored", () => {
    const reader = inTheRoom();
    reader.whisper("1", "kim", "psst", "m1");
    reader.dispatch({ kind: "recipient_away", id: "m1", nickname: "kim", stored: true, nowMs: 0 });
    expect(reader.told()).toEqual(["private out", "stored"]);
  });

  test("messages can be meant by their place, and no longer once they are erased", () => {
    const reader = inTheRoom();
    const says = (id: string) =>
      reader.hear({ case: "groupMessage", value: { sender: "ming", senderId: "1", text: id } }, id);
    for (const id of ["m1", "m2", "m3"]) says(id);
    reader.hear({ case: "redacted", value: { ids: ["m2"], sender: "ming", senderId: "1" } });
    expect(reader.state.recent.map(({ id }) => id)).toEqual(["m1", "m3"]);
    for (let more = 0; more < 300; more++) says(`more ${more}`);
    expect(reader.state.recent).toHaveLength(200);
  });
});

describe("moderation", () => {
  const change = (nickname: string, role: Role, registered = true) =>
    ({ case: "userChanged", value: { user: { nickname, id: nickname, role, registered } } }) as const;

  test("those whom a moderator removed are told apart from those who left, folded like them", () => {
    const reader = inTheRoom();
    const removed = (nickname: string) =>
      reader.hear({ case: "left", value: { user: user(nickname, nickname), removed: true } });
    reader.goes("alice");
    removed("bob");
    removed("carl");
    reader.passes(2_000);
    expect(reader.told()).toEqual(["left alice", "removed bob+carl"]);
    expect(reader.state.people.size).toBe(0);
  });

  test("what a moderator did names the person, or is about the reader", () => {
    const reader = inTheRoom();
    const until = timestampFromMs(1_600_000);
    const mute = { action: ModerationAction.MUTE, moderator: "mia", until };
    reader.hear({ case: "moderated", value: { ...mute, nickname: "bob", userId: "bob" } });
    reader.hear({ case: "moderated", value: { ...mute, moderator: "", nickname: "ming", userId: "1" } });
    reader.hear({ case: "moderated", value: { action: ModerationAction.UPDATE_ROOM, moderator: "mia" } });
    reader.hear({ case: "moderated", value: { action: 99 as ModerationAction } });
    expect(reader.told()).toEqual([
      "MUTE bob by mia for 600000",
      "MUTE own by  for 600000",
      "UPDATE_ROOM  by mia for null",
      "UNKNOWN  by  for null",
    ]);
  });

  test("the texts of erased messages are no longer kept for undelivered", () => {
    const reader = inTheRoom();
    reader.whisper("1", "kim", "a password", "m1");
    reader.whisper("1", "kim", "hello", "m2");
    reader.told();
    reader.hear({ case: "redacted", value: { ids: ["m1"], sender: "ming", senderId: "1", reason: "slip" } });
    const value = { messageIds: ["m1", "m2"], recipient: "kim", recipientId: "kim" };
    reader.hear({ case: "undelivered", value });
    expect(reader.told()).toEqual(["redacted 1 of own: slip", "undelivered kim 2: hello"]);
    expect(JSON.stringify([...reader.state.sent.values()])).not.toContain("password");
  });

  test("announcements and settings of the room are shown", () => {
    const reader = inTheRoom();
    reader.hear({ case: "announcement", value: { text: "lunch" } });
    const room = { title: "Lobby", entry: Entry.INVITE, speaking: 99 as Speaking, online: 0 };
    reader.hear({ case: "roomChanged", value: { room } });
    expect(reader.lines).toMatchObject([
      { kind: "announcement", text: "lunch" },
      { kind: "room_changed", room: { title: "Lobby", entry: "INVITE", speaking: "UNKNOWN", slowModeMs: 0 } },
    ]);
  });

  test("in a crowd, a role is news and a registration is not, but for the reader's own", () => {
    const reader = inTheRoom();
    reader.hear(change("bob", Role.UNSPECIFIED));
    expect(reader.told()).toEqual(["bob is MEMBER, registered"]);
    reader.caughtUp(500);
    reader.told();
    reader.hear(change("bob", Role.UNSPECIFIED, false));
    reader.hear(change("bob", Role.MODERATOR));
    reader.hear({ case: "userChanged", value: { user: { nickname: "ming", id: "1", registered: true } } });
    expect(reader.told()).toEqual(["bob is MODERATOR, registered", "own is MEMBER, registered"]);
  });
});

test("a client that another one replaced waits, and shows what it missed", () => {
  const reader = inTheRoom();
  reader.signal({ case: "goodbye", value: { reason: GoodbyeReason.REPLACED } });
  reader.isReplaced();
  expect(reader.told()).toEqual(["goodbye"]);
  expect(reader.state.connection).toEqual({ phase: "replaced" });
  reader.passes(60_000);
  reader.dispatch({ kind: "reconnect" });
  expect(reader.state.connection).toEqual({ phase: "connecting" });
  reader.opens();
  reader.message("alice");
  reader.caughtUp();
  expect(reader.told()).toEqual(["offline 60s 1", "alice~", "resumed with misses"]);
});

test("the limits are those of the latest hello", () => {
  const reader = inTheRoom();
  reader.signal({ case: "hello", value: { limits: { maxTextBytes: 77 } } });
  expect(reader.state.limits.maxTextBytes).toBe(77);
});
