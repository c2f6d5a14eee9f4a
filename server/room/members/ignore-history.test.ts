import { describe, expect, test } from "vitest";
import { IgnoreHistory } from "./ignore-history.js";

describe("the ignore history", () => {
  test("depends on the position in the log", () => {
    const history = new IgnoreHistory();
    history.toggled({ seq: 5, ignoring: true, groupMessages: 2 });
    history.toggled({ seq: 9, ignoring: false, groupMessages: 4 });
    expect([4, 5, 6, 8, 9, 10].map((seq) => history.at(seq))).toEqual([
      false,
      false,
      true,
      true,
      true,
      false,
    ]);
    expect(history.now).toBe(false);
  });

  test("counts the messages skipped in a period of ignoring", () => {
    const history = new IgnoreHistory();
    history.toggled({ seq: 5, ignoring: true, groupMessages: 2 });
    history.toggled({ seq: 9, ignoring: false, groupMessages: 4 });
    expect(history.skippedBefore(9)).toBe(2);
    expect(history.skippedBefore(5)).toBe(0);
    expect(history.skippedBefore(7)).toBe(0);
  });

  test("knows the state before its oldest toggle, and without any", () => {
    expect(new IgnoreHistory(true).at(3)).toBe(true);
    const history = new IgnoreHistory(true);
    history.toggled({ seq: 7, ignoring: false, groupMessages: 3 });
    expect([history.at(6), history.at(8)]).toEqual([true, false]);
  });

  test("is that of a log which has lost its newest entries", () => {
    const history = new IgnoreHistory();
    history.toggled({ seq: 5, ignoring: true, groupMessages: 2 });
    history.toggled({ seq: 9, ignoring: false, groupMessages: 4 });
    history.forgetAfter(8);
    history.toggled({ seq: 20, ignoring: false, groupMessages: 3 });
    expect([5, 6, 15, 20, 21].map((seq) => history.at(seq))).toEqual([false, true, true, true, false]);
    history.forgetAfter(0);
    expect([history.at(50), history.now]).toEqual([false, false]);
  });

  test("drops the oldest toggles and stays correct after them", () => {
    const history = new IgnoreHistory();
    for (let seq = 1; seq <= 3_000; seq++)
      history.toggled({ seq, ignoring: seq % 2 === 1, groupMessages: 0 });
    expect(history.at(2_999)).toBe(false);
    expect(history.at(3_000)).toBe(true);
    expect(history.at(3_001)).toBe(false);
  });
});
