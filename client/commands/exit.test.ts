import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { catalogOf } from "../i18n/index.js";
import { EXIT, type StopCause, Stopped, signalsOf } from "./exit.js";

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

describe("the exit codes are those", () => {
  const codes = Object.values(EXIT).toSorted((a, b) => a - b);
  const root = join(import.meta.dirname, "../..");
  const numbers = (text: string) => [...text.matchAll(/\b\d+\b/g)].map(([number]) => Number(number));
  const sorted = (found: number[]) => found.toSorted((a, b) => a - b);

  test("of the table in docs/client.md", () => {
    const page = readFileSync(join(root, "docs/client.md"), "utf8");
    const [table = ""] = /^\| exit \|(?:.*\n)+?\n/m.exec(page) ?? [];
    const cells = [...table.matchAll(/\| (\d+) \|/g)].map(([, code]) => Number(code));
    expect(sorted(cells)).toEqual(codes);
  });

  test("of --help, in both languages", () => {
    for (const language of ["en", "zh-CN"] as const) {
      const { exitCodes } = catalogOf(language).cli;
      expect(sorted(numbers(exitCodes.replace("UTF-8", "")))).toEqual(codes);
    }
  });

  test("of the man page", () => {
    const [, text = ""] = readFileSync(join(root, "docs/man/parlance.1"), "utf8").split(".SH EXIT STATUS\n");
    expect(sorted(numbers(text.replace("UTF-8", "")))).toEqual(codes);
  });
});
