/** A disk whose flushes fail: nothing is acknowledged, the operator sees one line, and the room goes on afterwards. */
import { rmSync, writeFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { createConnectTransport } from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import { check } from "../../server/engines/sqlite/maintenance.js";
import { login, refused } from "../support/people.js";
import { readyz, restartable } from "./server-support.js";
import { run, testFolder } from "./store-support.js";

const reason = process.platform === "linux" && hasCompiler() ? undefined : "needs Linux and cc";

function hasCompiler(): boolean {
  try {
    run("cc", "--version");
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(reason)(`flushes that fail${reason ? ` (${reason})` : ""}`, () => {
  test("sends are refused, with one line, and go on by themselves when the disk is well again", {
    timeout: 20_000,
  }, async () => {
    const folder = testFolder();
    const [library, fault] = [joinPath(folder, "failing-flush.so"), joinPath(folder, "fault")];
    run("cc", "-shared", "-fPIC", "-o", library, joinPath(import.meta.dirname, "failing-flush.c"));
    const path = joinPath(folder, "room.db");
    const server = await restartable(path);
    const running = server.spawnWith({ LD_PRELOAD: library, FAIL_FLUSH: fault }, "--log-level", "info");
    await running.listening;
    const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
    const ada = await login(transport, "ada");
    const acknowledged: string[] = [];
    const say = async (text: string) => {
      await ada.say(text);
      acknowledged.push(`ada: ${text}`);
    };
    for (let i = 1; i <= 20; i++) await say(`before ${i}`);

    writeFileSync(fault, "");
    const until = performance.now() + 3_000;
    while (performance.now() < until) {
      expect(await refused(ada.say("while it fails"))).toMatchObject({ reason: "STORE_UNAVAILABLE" });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await readyz(running)).toBe(503);
    rmSync(fault);
    await expect.poll(() => running.output.stderr, { timeout: 5_000 }).toMatch(/can be written again/);
    expect(await readyz(running)).toBe(200);
    await say("after");

    const lines = running.output.stderr.split("\n").filter((line) => /written/.test(line));
    expect(lines).toEqual([
      expect.stringMatching(/level=error .*cannot be written.*I\/O error/),
      expect.stringMatching(/level=info .*can be written again/),
    ]);
    await running.stop("SIGKILL");
    expect(check(path).problems).toEqual([]);
    await server.start();
    const feed = ada.listen({ backlog: 100 });
    await feed.next("caughtUp");
    // A send that failed with an unknown outcome may be there.
    const said = feed.summary().filter((line) => line.startsWith("ada") && !line.endsWith("fails"));
    expect(said).toEqual(acknowledged);
  });
});
