/** The wall clock of a running server jumps by more than events are kept, and comes back. */
import { existsSync, writeFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { createConnectTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { sweepMs } from "../../server/engines/limits.js";
import { login, type Person, summarize } from "../support/people.js";
import { restartable } from "./server-support.js";
import { testFolder } from "./store-support.js";

/** As Debian's package faketime installs it, by architecture. */
const library = ["x86_64", "aarch64"]
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`)
  .find(existsSync);

const DAY_MS = 86_400_000;

/** Longer than the engine waits between two sweeps, with messages, each of which trims too. */
async function talkThroughSweep(person: Person, about: string): Promise<string[]> {
  const said: string[] = [];
  const until = performance.now() + 1.2 * sweepMs;
  while (performance.now() < until) {
    const text = `${about} ${said.length}`;
    await person.say(text);
    said.push(`${person.nickname}: ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return said;
}

test.skipIf(!library)(
  "31 days ahead and back: nothing is gone, and times never decrease (needs libfaketime)",
  async () => {
    const folder = testFolder();
    const clock = joinPath(folder, "clock");
    const setClock = (offset: string) => writeFileSync(clock, `${offset}\n`);
    setClock("+0");
    const server = await restartable(joinPath(folder, "room.db"), "--keep-days", "30");
    const running = server.spawnWith(
      {
        LD_PRELOAD: library,
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_NO_CACHE: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
      },
      "--log-level",
      "info",
    );
    await running.listening;
    const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
    const ada = await login(transport, "ada");
    const feed = ada.listen();
    const { cursor: start } = await feed.next("caughtUp");
    const said: string[] = [];
    for (let i = 0; i < 50; i++) {
      await ada.say(`before ${i}`);
      said.push(`ada: before ${i}`);
    }

    setClock("+31d");
    // The server's own clock shows it, or the rest would prove nothing.
    const isAhead = async () =>
      Date.parse((await fetch(`${server.url}/healthz`)).headers.get("date") ?? "") > Date.now() + 30 * DAY_MS;
    await expect.poll(isAhead, { timeout: 5_000 }).toBe(true);
    said.push(...(await talkThroughSweep(ada, "ahead")));
    setClock("+0");
    await expect.poll(isAhead, { timeout: 5_000 }).toBe(false);
    said.push(...(await talkThroughSweep(ada, "back")));

    const jumps = running.output.stderr.split("\n").filter((line) => /level=warn .*clock jumped/.test(line));
    expect(jumps).toHaveLength(2);
    await feed.close();
    await running.stop("SIGKILL");
    await server.start();
    const again = ada.listen({ after: start });
    await again.next("caughtUp");
    const messages = again.events.filter(({ kind }) => kind.case === "message");
    expect(messages.map(summarize)).toEqual(said);
    const times = messages.map(({ time }) => timestampMs(time!));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  },
);
