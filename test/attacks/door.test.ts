/** Attacks on the port, each by addresses of the loopback that stand for strangers. What each may cost: see arena.ts. */
import { describe, expect, test } from "vitest";
import { isServing, withstand } from "./arena.js";

describe.skipIf(process.platform !== "linux")("a stranger (needs Linux)", () => {
  test.each([
    "open HEADERS of an RPC for members",
    "open HEADERS of an open RPC",
    "open HEADERS by 14 references",
    "open HEADERS by 3 references",
    "open HEADERS with 600 bytes of DATA",
    "1,000 resets on each of 50 connections",
    "bodies short of a byte, for members",
    "bodies short of a byte, open",
    "bodies of HTTP/1.1, byte by byte",
    "windows that stay closed",
  ])("%s", (name) => withstand(name));

  test.each([
    "WINDOW_UPDATE flood",
    "PING flood",
    "SETTINGS flood",
    "CONTINUATION flood",
    "empty DATA flood",
  ])("%s: the session is ended", (name) =>
    withstand(name, {
      check: (_, { endedAfterMs }) => expect(endedAfterMs).not.toBeNull(),
    }),
  );

  test("windows that overflow end their sessions", () =>
    withstand("windows that overflow", {
      check: (_, attackers) => expect(attackers).toEqual({ sessionsLeft: 0 }),
    }));

  test("headers that come byte by byte over HTTP/1.1 have 10 s", () =>
    withstand("headers of HTTP/1.1, byte by byte", {
      check: (_, attackers) => expect(attackers).toEqual({ connectionsLeft: 0 }),
    }));

  test("600 idle sessions where 512 files may be open", () =>
    withstand("600 idle sessions", {
      flags: () => ["--max-connections", String(512 - 64)],
      during: isServing,
      check: ({ server }) => expect(server.output.stderr).toContain(`"reason":"connections"`),
    }));
});
