import { describe, expect, test } from "vitest";
import type { FeedRun, Frame, History, Logged } from "./checker/history.js";
import {
  counted,
  epoch,
  event,
  log,
  message,
  note,
  request,
  sound,
  streams,
} from "./checker/sound-history.js";
import { visits } from "./checker/visits.js";
import { check } from "./checker.js";

/** The sound log with one event changed. */
const withEvent = (seq: number, change: Partial<Logged>): readonly Logged[] =>
  log.map((entry) => (entry.seq === seq ? { ...entry, ...change } : entry));

/** The sound streams with other frames in the second. */
const withFrames = (...frames: Frame[]): readonly FeedRun[] => [streams[0]!, { ...streams[1]!, frames }];

const secondStream = [note(3), event(4), event(6), event(7), event(8), event(9), note(9)];
const without = (seq: number) => secondStream.filter((frame) => frame.kind === "note" || frame.seq !== seq);

const undelivered = (seq: number, messageIds: string[]): Logged => ({
  id: `id-${seq}`,
  seq,
  at: 999 + seq,
  kind: "undelivered",
  ids: ["bob"],
  content: "undelivered",
  messageIds,
  recipientId: "ada",
});

/** The sound log in which bob's messages to ada are reported in the place of another event. */
function reporting(messageIds: string[]): Partial<History> {
  return { log: log.map((entry) => (entry.seq === 8 ? undelivered(8, messageIds) : entry)) };
}

test("a sound history breaks no promise", () => {
  expect(check(sound)).toEqual([]);
});

const broken: readonly [string, RegExp, Partial<History>][] = [
  [
    "an acknowledged message is not in the log",
    /^I1: b9 .* nothing$/,
    {
      requests: [...sound.requests, request("bob", "b9", 42, 9)],
    },
  ],
  [
    "an acknowledged message is elsewhere in the log",
    /^I1: b1 was answered with 5/,
    {
      requests: [request("bob", "b1", 5, 1)],
    },
  ],
  ["an acknowledged message is another member's", /^I1: b1 /, { requests: [request("ada", "b1", 3, 1)] }],
  [
    "a response has another time",
    /^I1: b1 was answered with the time/,
    {
      requests: [{ ...request("bob", "b1", 3, 1), answers: [{ id: "id-3", seq: 3, at: 7 }] }],
    },
  ],
  [
    "a response has another id",
    /^I1: b1 was answered with the id id-9, the log has id-3$/,
    {
      requests: [{ ...request("bob", "b1", 3, 1), answers: [{ id: "id-9", seq: 3, at: 1_002 }] }],
    },
  ],
  [
    "two events have one id",
    /^I3: 8 has the id id-3 of another event$/,
    { log: withEvent(8, { id: "id-3" }) },
  ],
  [
    "a reader received another id",
    /^I3: feed 1 of ada sent 9 with the id id-8, the log has id-9$/,
    {
      feeds: withFrames(...secondStream.map((frame) => (frame.seq === 9 ? { ...frame, id: "id-8" } : frame))),
    },
  ],
  [
    "a retry returned another position",
    /^I1: b1 was answered with 4/,
    {
      requests: [
        {
          ...request("bob", "b1", 3, 1),
          answers: [
            { id: "id-3", seq: 3, at: 1_002 },
            { id: "id-4", seq: 4, at: 1_003 },
          ],
        },
      ],
    },
  ],
  [
    "a request is appended twice, and was never acknowledged",
    /^I2: b1 is in the log at 3 and 5$/,
    {
      log: withEvent(5, { text: "b1 hello" }),
      requests: [],
    },
  ],
  [
    "a toggle was appended twice",
    /^I2: ada toggled twice to ignore_on$/,
    {
      log: withEvent(7, { kind: "ignore_on" }),
    },
  ],
  [
    "an acknowledged toggle is not in the log",
    /^I2: 3 toggles of ada were answered, 2 /,
    {
      toggles: new Map([["ada", 3]]),
    },
  ],
  ["the log has a hole", /^I3: 4 is followed by 6$/, { log: log.filter(({ seq }) => seq !== 5) }],
  ["time decreases", /^I3: 5 is older than 4$/, { log: withEvent(5, { at: 1 }) }],
  [
    "a reader received another text",
    /^I3: feed 1 of ada sent 8 as /,
    {
      feeds: withFrames(...secondStream.map((f) => (f.seq === 8 ? { ...f, content: "a1 hard" } : f))),
    },
  ],
  [
    "a reader received a message that was never sent",
    /^I3: feed 0 of ada sent 2, which the log does not have/,
    {
      feeds: [{ memberId: "ada", frames: [note(2), event(2), event(3)] }, streams[1]!],
    },
  ],
  ["a reader missed an event", /^I4: feed 1 of ada skipped 8/, { feeds: withFrames(...without(8)) }],
  [
    "a reader missed a private message",
    /^I4: feed 1 of ada skipped 6/,
    {
      feeds: withFrames(...without(6)),
    },
  ],
  [
    "a reader received an event twice",
    /^I4: feed 1 of ada sent 8 twice$/,
    {
      feeds: withFrames(...secondStream.slice(0, 5), event(8), ...secondStream.slice(5)),
    },
  ],
  [
    "a reader received the events in another order",
    /^I4: feed 1 of ada sent 7 after 8$/,
    {
      feeds: withFrames(note(3), event(4), event(6), event(8), event(7), event(9)),
    },
  ],
  [
    "a heartbeat advanced a reader past an unseen event",
    /^I4: feed 0 of ada skipped 3/,
    {
      feeds: [{ memberId: "ada", frames: [note(1), event(2), note(3)] }, streams[1]!],
    },
  ],
  [
    "a reader resumed somewhere else",
    /^I4: ada was at 3 and requested after 5$/,
    {
      feeds: [
        streams[0]!,
        { memberId: "ada", after: { epoch, seq: 5 }, frames: [note(5), ...secondStream.slice(2)] },
      ],
    },
  ],
  [
    "a reader that was online did not reach the end",
    /^I4: ada stopped at 8, the log ends at 9$/,
    {
      feeds: withFrames(...secondStream.slice(0, 5)),
    },
  ],
  [
    "a reader received what it ignored",
    /^I5: feed 1 of ada sent 5, which is not for it/,
    {
      feeds: withFrames(note(3), event(4), event(5), ...secondStream.slice(2)),
    },
  ],
  [
    "a reader received a private message of others",
    /^I5: feed 2 of eve sent 6/,
    {
      feeds: [...streams, { memberId: "eve", frames: [note(5), event(6), event(8), event(9)] }],
    },
  ],
  [
    "a position was lost without a gap",
    /^I6: feed 0 of ada reported the gap none, expected AHEAD$/,
    {
      feeds: [
        {
          memberId: "ada",
          after: { epoch: "E1", seq: 5 },
          frames: [note(4), event(6), ...secondStream.slice(3)],
        },
      ],
    },
  ],
  [
    "a gap was reported where nothing was lost",
    /^I6: feed 1 of ada reported the gap TRIMMED, expected none$/,
    {
      feeds: withFrames(
        note(3),
        { kind: "gap", epoch, seq: 3, content: "TRIMMED" },
        ...secondStream.slice(1),
      ),
    },
  ],
  [
    "a gap was reported with the wrong reason",
    /^I6: feed 0 of ada reported the gap AHEAD, expected STORE_REPLACED$/,
    {
      feeds: [
        {
          memberId: "ada",
          after: { epoch: "other", seq: 5 },
          frames: [note(5), { kind: "gap", epoch, seq: 9, content: "AHEAD" }, note(9)],
        },
      ],
    },
  ],
  [
    "a stream starts after the requested position",
    /^I6: feed 1 of ada requested after 3 and started at 4/,
    {
      feeds: withFrames(note(4), ...secondStream.slice(2)),
    },
  ],
  [
    "a member joined twice",
    /^I7: bob joined again at 3$/,
    { log: withEvent(3, { kind: "joined", nickname: "bob" }) },
  ],
  [
    "a member sent after leaving",
    /^I7: group_message of bob at 9 after it left$/,
    {
      log: withEvent(9, { ...message("bob", "b9 ghost") }).map((entry) =>
        entry.seq === 5 ? { ...log[8]!, seq: 5, at: entry.at } : entry,
      ),
    },
  ],
  [
    "a member left twice",
    /^I7: left of bob at 9 after it left$/,
    { log: withEvent(5, { ...log[8]!, seq: 5, at: 1_004 }) },
  ],
  [
    "a member sent without joining",
    /^I7: group_message of eve at 3 before it joined$/,
    { log: withEvent(3, { ids: ["eve"] }) },
  ],
  [
    "a feed counted wrongly",
    /^I7: feed 1 of ada counted 2 at 9, expected 1$/,
    { feeds: withFrames(...secondStream.slice(0, -1), counted(9, 2)) },
  ],
  [
    "two members have one nickname",
    /^I8: ada joined at 2 while ada was online$/,
    { log: withEvent(2, { nickname: "ada" }) },
  ],
  ["a name is held without a visit", /^I9: bob holds a name without a visit$/, { claimed: ["ada", "bob"] }],
  [
    "a visit was never closed and holds no name",
    /^I9: the visit of ada is open and holds no name$/,
    { claimed: [] },
  ],
  ["an undelivered message is of another member", /^I11: 8 reports id-3, /, reporting(["id-3"])],
  ["an undelivered message is reported twice", /^I11: 8 reports id-6 again$/, reporting(["id-6", "id-6"])],
  [
    "a message is reported to be undelivered after its recipient left",
    /^I11: 9 reports messages to ada, who had left$/,
    {
      log: log.map((entry) => {
        if (entry.seq === 8) return { ...log[8]!, ids: ["ada"], nickname: "ada", id: "id-8", seq: 8 };
        return entry.seq === 9 ? { ...undelivered(9, ["id-6"]) } : entry;
      }),
    },
  ],
  [
    "a message to a member who never read is not reported",
    /^I12: bob left at 9, and id-6 of ada was not reported$/,
    { log: withEvent(6, { ids: ["ada", "bob"] }) },
  ],
  [
    "a later message is before an earlier one",
    /^I10: b2 was sent after the response to b3 /,
    {
      requests: [request("bob", "b3", 6, 1), request("bob", "b2", 5, 3)],
    },
  ],
];

describe("a broken history is detected:", () => {
  test.each(broken)("%s", (_, sentence, change) => {
    const problems = check({ ...sound, ...change });
    expect(problems.filter((problem) => sentence.test(problem))).toHaveLength(1);
  });
});

describe("a history is sound although", () => {
  test("a gap permits loss", () => {
    const trimmed = log.slice(4);
    const feeds: FeedRun[] = [
      {
        memberId: "ada",
        after: { epoch: "E1", seq: 2 },
        frames: [
          note(2),
          { kind: "gap", epoch, seq: 4, content: "TRIMMED" },
          event(6),
          event(7),
          event(8),
          event(9),
        ],
      },
    ];
    const problems = check({ ...sound, log: trimmed, feeds });
    expect(problems.filter((problem) => /^I[3-6]/.test(problem))).toEqual([]);
  });

  test("a silent member ignores group messages", () => {
    const [toggle] = log.filter(({ kind }) => kind === "ignore_on");
    expect([...visits({ ...sound, log: [{ ...toggle!, ids: ["eve"] }] })]).toEqual([]);
  });

  test("concurrent messages are in any order", () => {
    const requests = [request("bob", "b3", 6, 1, 5), request("bob", "b2", 5, 2, 4)];
    expect(check({ ...sound, requests })).toEqual([]);
  });

  test("a request was never acknowledged, appended or not", () => {
    const unanswered = ["b1", "b7"].map((requestId) => ({
      memberId: "bob",
      requestId,
      begun: 1,
      answers: [],
    }));
    expect(check({ ...sound, requests: unanswered })).toEqual([]);
  });
});
