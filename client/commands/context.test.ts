import { describe, expect, test } from "vitest";
import type { Config } from "../config.js";
import { type Context, isInteractive } from "./context.js";

function context(
  env: NodeJS.ProcessEnv,
  { stdin = true, stdout = true, json = false, plain = false } = {},
): Context {
  const config = { json, plain } as Config;
  return { config, env, stdin: { isTTY: stdin }, stdout: { isTTY: stdout } } as unknown as Context;
}

/** What the terminals of other systems say of themselves, as far as the client reads it. */
const TERMINALS: Record<string, NodeJS.ProcessEnv> = {
  "Windows Terminal": { WT_SESSION: "8c5f" },
  "the console of Windows": {},
  "Git Bash": { TERM: "xterm", MSYSTEM: "MINGW64" },
  "Terminal of macOS": { TERM: "xterm-256color", TERM_PROGRAM: "Apple_Terminal" },
  iTerm2: { TERM: "xterm-256color", TERM_PROGRAM: "iTerm.app" },
};

describe("the screen", () => {
  test.each(Object.entries(TERMINALS))("is used in %s", (_name, env) => {
    expect(isInteractive(context(env))).toBe(true);
  });

  test.each(Object.entries(TERMINALS))("is not used in a pipe of %s", (_name, env) => {
    expect(isInteractive(context(env, { stdin: false }))).toBe(false);
    expect(isInteractive(context(env, { stdout: false }))).toBe(false);
  });

  test("is not used where it was not asked for, and on a terminal that can only print", () => {
    expect(isInteractive(context({}, { json: true }))).toBe(false);
    expect(isInteractive(context({}, { plain: true }))).toBe(false);
    expect(isInteractive(context({ TERM: "dumb" }))).toBe(false);
  });
});
