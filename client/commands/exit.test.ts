import { describe, expect, test } from "vitest";
import { type StopCause, Stopped, signalsOf } from "./exit.js";

describe("signals", () => {
  test("Ctrl-Break of Windows is a ^C, and a signal of no other system", () => {
    expect(new Map(signalsOf("win32")).get("SIGBREAK")).toBe("SIGINT");
    for (const platform of ["linux", "darwin"] as const)
      expect(signalsOf(platform).map(([signal]) => signal)).toEqual(["SIGTERM", "SIGHUP", "SIGINT"]);
  });
});

describe("the exit code of a program that was asked to end", () => {
  test.each<[StopCause, number, number]>([
    ["SIGTERM", 0, 143],
    ["EPIPE", 0, 141],
    ["SIGHUP", 129, 129],
    ["SIGINT", 130, 130],
  ])("%s: %d if nothing was left to do, else %d", (why, done, undone) => {
    const stopped = new Stopped(why);
    expect([stopped.code(true), stopped.code(false)]).toEqual([done, undone]);
  });
});
