/**
 * Attacks on the port, each by addresses of the loopback that stand for strangers. The server must live, serve a healthy
 * reader meanwhile, and not grow by more than 64 MiB. What the reader felt is printed: on a machine that does other work
 * as well, it proves nothing.
 */
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterEach, describe, expect, test } from "vitest";
import { login } from "../support/people.js";
import { type Arena, openArena } from "./arena.js";

const GROWTH_MIB = 64;

let arena: Arena | undefined;
afterEach(async () => {
  await arena?.[Symbol.asyncDispose]();
  arena = undefined;
});

async function isServing({ server }: Arena): Promise<void> {
  expect(server.child.exitCode).toBeNull();
  const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
  const { token } = await login(transport, "late");
  expect(token).not.toBe("");
}

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
    "WINDOW_UPDATE flood",
    "PING flood",
    "SETTINGS flood",
    "CONTINUATION flood",
  ])("%s, with a heap of 256 MiB", async (name) => {
    arena = await openArena(256);
    const { rssGrowthMib, attackers } = await arena.attack(name);
    await isServing(arena);
    if (name.includes("flood")) expect(attackers.endedAfterMs).not.toBeNull();
    expect(rssGrowthMib).toBeLessThanOrEqual(GROWTH_MIB);
  });

  test("600 idle sessions where 512 files may be open", async () => {
    arena = await openArena(undefined, ["--max-connections", String(512 - 64)]);
    const open = arena;
    await open.attack("600 idle sessions", () => isServing(open));
    expect(open.server.output.stderr).toContain(`"reason":"connections"`);
  });
});
