import { describe, expect, test } from "vitest";
import { useBundle } from "./support/bundle.js";
import { expectModesRestored, type Screen, startScreen } from "./support/pty.js";
import { openRoom, type Room } from "./support/server.js";

const bundle = useBundle();
/** Joins on a terminal of 80 columns. */
const enter = (room: Room, nickname: string, ...more: string[]) =>
  startScreen(bundle, { args: ["-s", room.url, "-n", nickname, ...more] });

describe("the terminal is restored", () => {
  test.concurrent.each([
    ["^C on an empty input", (screen: Screen) => screen.type("\x03\x03"), 130],
    ["^D on an empty input", (screen: Screen) => screen.type("\x04"), 0],
    ["SIGTERM", (screen: Screen) => screen.kill("SIGTERM"), 0],
    ["SIGHUP", (screen: Screen) => screen.kill("SIGHUP"), 129],
  ] as const)("after %s", async (_what, end, code) => {
    await using room = await openRoom();
    await using kim = enter(room, "kim");
    await kim.shows("* kim joined");
    end(kim);
    expect(await kim.exit).toBe(code);
    expectModesRestored(kim);
  });

  test.concurrent("after ^C at the first question", async () => {
    await using room = await openRoom();
    await using nobody = startScreen(bundle, { args: ["-s", room.url] });
    await nobody.shows("nick> ");
    nobody.type("\x03");
    expect(await nobody.exit).toBe(130);
    expectModesRestored(nobody);
  });

  test.concurrent("after a server that cannot be reached: exit code 3", async () => {
    await using nobody = startScreen(bundle, { args: ["-s", "http://127.0.0.1:1", "-n", "x"] });
    await nobody.until("the cause", (all) => all.includes("cannot reach http://127.0.0.1:1")).catch(() => {});
    expect(await nobody.exit).toBe(3);
    expectModesRestored(nobody);
  });
});

test.concurrent("NO_COLOR and --no-color leave no colour", async () => {
  for (const [args, env] of [
    [["--no-color"], {}],
    [[], { NO_COLOR: "1" }],
  ] as const) {
    await using room = await openRoom();
    await using screen = startScreen(bundle, { args: ["-s", room.url, "-n", "grey", ...args], env });
    await screen.shows("* grey joined");
    screen.type("hello\r");
    await screen.shows("grey: hello");
    expect(screen.raw()).not.toMatch(/\x1b\[(?:[34]\d|[349]8;)[\d;]*m/);
    screen.type("/quit\r");
    await screen.exit;
  }
});

test.concurrent("--plain on a terminal writes lines and moves no cursor", async () => {
  await using room = await openRoom();
  await using plain = enter(room, "plain", "--plain");
  await plain.shows("* plain joined");
  await using other = enter(room, "other");
  await plain.shows("* other joined");
  plain.type("hello\r");
  await other.shows("plain: hello");
  other.type("hello too\r");
  await plain.shows("other: hello too");
  // The terminal has echoed it.
  expect(plain.lines().join("\n").match(/hello/g)).toHaveLength(2);
  expect(plain.raw()).not.toContain("\x1b");
  plain.type("\x04");
  expect(await plain.exit).toBe(0);
});
