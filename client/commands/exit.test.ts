import { describe, expect, test } from "vitest";
import { type StopCause, Stopped } from "./exit.js";

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
