import { describe, expect, test } from "vitest";
import type { Observation } from "../room/observer.js";
import { createLog } from "./log.js";
import { observeByLog } from "./observer-log.js";

function logging() {
  const lines: string[] = [];
  let nowMs = 0;
  const log = createLog("debug", (line) => lines.push(line.replace(/^time=\S+ |\n$/g, "")));
  return {
    lines,
    observe: observeByLog(log, () => nowMs),
    pass(ms: number) {
      nowMs += ms;
    },
  };
}

const error = new Error("disk is full", { cause: new Error("ENOSPC") });

describe("the log of observations", () => {
  test.each<[Observation, string]>([
    [
      { kind: "store_failed", error, reopening: false },
      'level=error msg="the store cannot be written" error="disk is full" reopening=false',
    ],
    [
      { kind: "store_recovered", downMs: 1_499.6 },
      'level=info msg="the store can be written again" down_ms=1500',
    ],
    [{ kind: "feed_ended", reason: "TOO_SLOW" }, 'level=info msg="feed ended" reason=TOO_SLOW'],
    [{ kind: "feed_ended", reason: "LOGGED_OUT" }, 'level=debug msg="feed ended" reason=LOGGED_OUT'],
    [
      { kind: "call_refused", rpc: "Login", reason: "NICKNAME_TAKEN" },
      'level=debug msg="call refused" rpc=Login reason=NICKNAME_TAKEN',
    ],
  ])("%o", (observation, line) => {
    const { lines, observe } = logging();
    observe(observation);
    expect(lines).toEqual([line]);
  });

  test("a defect is logged with its stack, an expected failure in one short line", () => {
    const { lines, observe } = logging();
    observe({ kind: "call_failed", rpc: "Help", error });
    observe({ kind: "call_aborted", rpc: "Help", error });
    expect(lines[0]).toContain("observer-log.test.ts");
    expect(lines[1]).toBe('level=debug msg="call aborted" rpc=Help error="disk is full"');
  });

  test("the same warning comes once in ten seconds, then with the number of those left out", () => {
    const { lines, observe, pass } = logging();
    const failed = (step: "left" | "joined") => observe({ kind: "member_write_failed", step, error });
    for (let i = 0; i < 5; i++) failed("left");
    failed("joined");
    pass(10_000);
    failed("left");
    expect(lines).toEqual([
      `level=warn msg="a member's state was not written" step=left error="disk is full"`,
      `level=warn msg="a member's state was not written" step=joined error="disk is full"`,
      `level=warn msg="a member's state was not written" step=left error="disk is full" left_out=4`,
    ]);
  });
});
