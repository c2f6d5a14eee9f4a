/** Events that changed on the disk, and pages that are gone: what readers and the operator see of them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { createConnectTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { GapReason } from "../../gen/parlance/v1/event_pb.js";
import { login, summarize } from "../support/people.js";
import { runServer } from "../support/process.js";
import { restartable } from "./server-support.js";
import { testFolder } from "./store-support.js";

/** A server on a store in which two of 400 messages were damaged while it was stopped; the log is read at `info`. */
async function damagedServer() {
  const path = joinPath(testFolder(), "room.db");
  const server = await restartable(path, "--keep-days", "30");
  const running = await server.start();
  const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
  const ada = await login(transport, "ada");
  const feed = ada.listen();
  const { cursor: start } = await feed.next("caughtUp");
  for (let i = 1; i <= 400; i++) await ada.say(`text ${i} of many`);
  await running.stop();
  const file = readFileSync(path);
  for (const text of ["text 150 of", "text 350 of"]) {
    for (let at = file.indexOf(text); at >= 0; at = file.indexOf(text, at + 1)) file.write("T", at);
  }
  writeFileSync(path, file);
  return { path, server, ada, start };
}

const textsFrom = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => `ada: text ${first + i} of many`);

test("readers get a gap in the place of a damaged event and go on, the operator one line, and salvage the rest", async () => {
  const { path, server, ada, start } = await damagedServer();
  const running = await server.start();

  for (let round = 0; round < 2; round++) {
    const resumed = ada.listen({ after: start });
    await resumed.next("caughtUp");
    const story = resumed.summary().filter((line) => /^(gap|ada)/.test(line));
    expect(story).toEqual([
      ...textsFrom(1, 149),
      "gap",
      ...textsFrom(151, 349),
      "gap",
      ...textsFrom(351, 400),
    ]);
  }
  const fresh = ada.listen({ backlog: 100 });
  await fresh.next("caughtUp");
  expect(fresh.summary().filter((line) => /^(gap|ada)/.test(line))).toEqual(textsFrom(351, 400));

  const newest = await ada.chat.listEvents({ pageSize: 100 }, ada.options);
  expect([newest.gap, newest.atStart]).toEqual([GapReason.TRIMMED, false]);
  expect(newest.events.map(summarize)).toEqual(textsFrom(351, 400));
  const older = await ada.chat.listEvents({ pageSize: 100, before: newest.previousCursor }, ada.options);
  expect([older.gap, older.atStart]).toEqual([GapReason.UNSPECIFIED, false]);
  expect(older.events.map(summarize)).toEqual(textsFrom(250, 349));

  const forward = await ada.chat.listEvents({ pageSize: 200, after: start }, ada.options);
  expect(forward.events.map(summarize)).toEqual(textsFrom(1, 149));
  const next = await ada.chat.listEvents({ pageSize: 200, after: forward.nextCursor }, ada.options);
  expect(next.gap).toBe(GapReason.TRIMMED);
  expect(next.events.map(summarize)).toEqual(textsFrom(151, 349));

  await ada.say("and on");
  const damage = running.output.stderr.split("\n").filter((line) => line.includes("damaged"));
  expect(damage).toHaveLength(2);
  expect(await running.stop()).toBe(0);

  const checked = await runServer(["check", path]);
  expect([checked.code, checked.stdout]).toEqual([
    1,
    expect.stringMatching(/not as they were written: 151, 351/),
  ]);
  const rest = joinPath(testFolder(), "rest.db");
  const salvaged = await runServer(["salvage", path, rest]);
  expect([salvaged.code, salvaged.stdout]).toEqual([
    0,
    expect.stringMatching(/: 400 events; 2 were damaged/),
  ]);
  expect((await runServer(["check", rest])).code).toBe(0);
});
