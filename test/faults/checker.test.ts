import { describe, expect, test } from "vitest";
import type { FeedRun, Frame, History, Logged } from "./checker/history.js";
import { epoch, event, log, message, note, request, sound, streams } from "./checker/sound-history.js";
import { check } from "./checker.js";

/** The sound log with one event changed. */
const withEvent = (seq: number, change: Partial<Logged>): readonly Logged[] =>
  log.map((entry) => (entry.seq === seq ? { ...entry, ...change } : entry));

/** The sound streams with other frames in the second. */
const withFrames = (...frames: Frame[]): readonly FeedRun[] => [streams[0]!, { ...streams[1]!, frames }];

const secondStream = [note(3), event(4), event(6), event(7), event(8), event(9), note(9)];
const without = (seq: number) => secondStream.filter((frame) => frame.kind === "note" || frame.seq !== seq);

test("a sound history breaks nothing", () => {
  expect(check(sound)).toEqual([]);
});

const broken: readonly [string, RegExp, Partial<History>][] = [
  [
    "an answered message is not in the log",
    /^I1: b9 .* nothing$/,
    {
      requests: [...sound.requests, request("bob", "b9", 42, 9)],
    },
  ],
  [
    "an answered message stands elsewhere",
    /^I1: b1 was answered with 5/,
    {
      requests: [request("bob", "b1", 5, 1)],
    },
  ],
  ["an answered message is another member's", /^I1: b1 /, { requests: [request("ada", "b1", 3, 1)] }],
  [
    "an answer bears another time",
    /^I1: b1 was answered with the time/,
    {
      requests: [{ ...request("bob", "b1", 3, 1), answers: [{ seq: 3, at: 7 }] }],
    },
  ],
  [
    "a retry was answered with another place",
    /^I1: b1 was answered with 4/,
    {
      requests: [
        {
          ...request("bob", "b1", 3, 1),
          answers: [
            { seq: 3, at: 1_002 },
            { seq: 4, at: 1_003 },
          ],
        },
      ],
    },
  ],
  [
    "a request is placed twice, and was never answered",
    /^I2: b1 is in the log at 3 and 5$/,
    {
      log: withEvent(5, { text: "b1 hello" }),
      requests: [],
    },
  ],
  [
    "a toggle was placed twice",
    /^I2: the switch of ada moved twice to ignore_on$/,
    {
      log: withEvent(7, { kind: "ignore_on" }),
    },
  ],
  [
    "an answered toggle is not in the log",
    /^I2: 3 toggles of ada were answered, 2 /,
    {
      toggles: new Map([["ada", 3]]),
    },
  ],
  ["the log has a hole", /^I3: 4 is followed by 6$/, { log: log.filter(({ seq }) => seq !== 5) }],
  ["time runs back", /^I3: 5 is older than 4$/, { log: withEvent(5, { at: 1 }) }],
  [
    "a reader heard other words",
    /^I3: feed 1 of ada told 8 as /,
    {
      feeds: withFrames(...secondStream.map((f) => (f.seq === 8 ? { ...f, content: "a1 hard" } : f))),
    },
  ],
  [
    "a reader heard what nobody said",
    /^I3: feed 0 of ada told 2, which the log does not have/,
    {
      feeds: [{ memberId: "ada", frames: [note(2), event(2), event(3)] }, streams[1]!],
    },
  ],
  ["a reader missed an event", /^I4: feed 1 of ada passed over 8/, { feeds: withFrames(...without(8)) }],
  [
    "a reader missed a private message",
    /^I4: feed 1 of ada passed over 6/,
    {
      feeds: withFrames(...without(6)),
    },
  ],
  [
    "a reader heard an event twice",
    /^I4: feed 1 of ada told 8 twice$/,
    {
      feeds: withFrames(...secondStream.slice(0, 5), event(8), ...secondStream.slice(5)),
    },
  ],
  [
    "a reader heard the events in another order",
    /^I4: feed 1 of ada told 7 after 8$/,
    {
      feeds: withFrames(note(3), event(4), event(6), event(8), event(7), event(9)),
    },
  ],
  [
    "a heartbeat moved a reader past what it had not heard",
    /^I4: feed 0 of ada passed over 3/,
    {
      feeds: [{ memberId: "ada", frames: [note(1), event(2), note(3)] }, streams[1]!],
    },
  ],
  [
    "a reader resumed somewhere else",
    /^I4: ada had come to 3 and asked for what follows 5$/,
    {
      feeds: [
        streams[0]!,
        { memberId: "ada", after: { epoch, seq: 5 }, frames: [note(5), ...secondStream.slice(2)] },
      ],
    },
  ],
  [
    "a reader that was there did not get to the end",
    /^I4: ada stopped at 8, the log ends at 9$/,
    {
      feeds: withFrames(...secondStream.slice(0, 5)),
    },
  ],
  [
    "a reader heard what it ignored",
    /^I5: feed 1 of ada told 5, which is not for it/,
    {
      feeds: withFrames(note(3), event(4), event(5), ...secondStream.slice(2)),
    },
  ],
  [
    "a reader heard a private message of others",
    /^I5: feed 2 of eve told 6/,
    {
      feeds: [...streams, { memberId: "eve", frames: [note(5), event(6), event(8), event(9)] }],
    },
  ],
  [
    "a place was lost in silence",
    /^I6: feed 0 of ada told the gap none, due was AHEAD$/,
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
    "a gap was told where nothing was lost",
    /^I6: feed 1 of ada told the gap TRIMMED, due was none$/,
    {
      feeds: withFrames(
        note(3),
        { kind: "gap", epoch, seq: 3, content: "TRIMMED" },
        ...secondStream.slice(1),
      ),
    },
  ],
  [
    "a gap was told with the wrong reason",
    /^I6: feed 0 of ada told the gap AHEAD, due was STORE_REPLACED$/,
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
    "a stream begins behind the place that was asked for",
    /^I6: feed 1 of ada asked for what follows 3 and began at 4/,
    {
      feeds: withFrames(note(4), ...secondStream.slice(2)),
    },
  ],
  [
    "someone joined twice",
    /^I7: bob joined again at 3$/,
    { log: withEvent(3, { kind: "joined", nickname: "bob" }) },
  ],
  [
    "someone spoke after leaving",
    /^I7: message of bob at 9 after it left$/,
    {
      log: withEvent(9, { ...message("bob", "b9 ghost") }).map((entry) =>
        entry.seq === 5 ? { ...log[8]!, seq: 5, at: entry.at } : entry,
      ),
    },
  ],
  [
    "someone left twice",
    /^I7: left of bob at 9 after it left$/,
    { log: withEvent(5, { ...log[8]!, seq: 5, at: 1_004 }) },
  ],
  [
    "someone spoke who never joined",
    /^I7: message of eve at 3 before it joined$/,
    { log: withEvent(3, { ids: ["eve"] }) },
  ],
  [
    "a notice bears a wrong number",
    /^I7: the notice at 9 says 2 are there, they are 1$/,
    { log: withEvent(9, { online: 2 }) },
  ],
  [
    "two have one name",
    /^I8: ada joined at 2 while ada was there$/,
    { log: withEvent(2, { nickname: "ada" }) },
  ],
  ["a name is held without a visit", /^I9: bob holds a name without a visit$/, { claimed: ["ada", "bob"] }],
  [
    "a visit was never closed and holds no name",
    /^I9: the visit of ada is open and holds no name$/,
    { claimed: [] },
  ],
  [
    "a later message stands before an earlier one",
    /^I10: b2 was sent after the answer to b3 /,
    {
      requests: [request("bob", "b3", 6, 1), request("bob", "b2", 5, 3)],
    },
  ],
];

describe("a broken history is noticed:", () => {
  test.each(broken)("%s", (_, sentence, change) => {
    const problems = check({ ...sound, ...change });
    expect(problems.filter((problem) => sentence.test(problem))).toHaveLength(1);
  });
});

describe("a history is sound although", () => {
  test("a gap excuses what is missing", () => {
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

  test("messages sent at the same time stand in any order", () => {
    const requests = [request("bob", "b3", 6, 1, 5), request("bob", "b2", 5, 2, 4)];
    expect(check({ ...sound, requests })).toEqual([]);
  });

  test("a request was never answered, placed or not", () => {
    const unanswered = ["b1", "b7"].map((requestId) => ({
      memberId: "bob",
      requestId,
      begun: 1,
      answers: [],
    }));
    expect(check({ ...sound, requests: unanswered })).toEqual([]);
  });
});
