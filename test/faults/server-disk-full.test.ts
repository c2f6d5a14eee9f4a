import { rmSync, writeFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { createConnectTransport } from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import { check } from "../../server/engines/sqlite/maintenance.js";
import {
  joinRoom,
  type Listener,
  login,
  type Person,
  type Refused,
  refused,
  summarize,
} from "../support/people.js";
import { readyz, restartable } from "./server-support.js";
import { mounted, testFolder, whyNoMounts } from "./store-support.js";

const reason = whyNoMounts();
const diskBytes = 4 * 2 ** 20;
const ballastBytes = 2 ** 20;
/** The maximum size of a message. */
const long = "x".repeat(4_000);

const unavailable = { code: "Unavailable", reason: "STORE_UNAVAILABLE" };

/** Sends until the store refuses; returns the refusal and the number of messages before it. */
async function talkUntilRefused(person: Person): Promise<{ answered: number; refusal: Refused }> {
  for (let n = 0; n < 10_000; n++) {
    const call = person.say(`${n} ${long}`);
    const answer = await call.then(
      () => undefined,
      () => refused(call),
    );
    if (answer) return { answered: n, refusal: answer };
  }
  throw new Error("the disk never filled");
}

/** A server whose disk has just become full, with ada, who sent, and bob, who has a feed. */
async function fullServer() {
  const disk = mounted(testFolder(), "-t", "tmpfs", "-o", `size=${diskBytes}`, "tmpfs");
  const ballast = joinPath(disk, "ballast");
  writeFileSync(ballast, Buffer.alloc(ballastBytes));
  const path = joinPath(disk, "room.db");
  const server = await restartable(path, "--heartbeat", "200ms", "--log-level", "info");
  const running = await server.start();
  const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
  const [ada, bob] = [await joinRoom(transport, "ada"), await login(transport, "bob")];
  const listening = bob.listen();
  const { cursor: start } = await listening.next("caughtUp");
  const { answered, refusal } = await talkUntilRefused(ada);
  return {
    path,
    server,
    running,
    transport,
    ada,
    bob,
    listening,
    start,
    answered,
    refusal,
    makeRoom: () => rmSync(ballast),
  };
}

const texts = (items: Listener["items"]) => items.filter(({ kind }) => kind.case === "groupMessage").length;

describe.skipIf(reason)(`a full disk${reason ? ` (${reason})` : ""}`, () => {
  test("is one line while small sends still fit now and then, and one when there is space, without a send", async () => {
    const { running, ada, makeRoom } = await fullServer();
    const lines = () => running.output.stderr.split("\n").filter((line) => /store can/.test(line));
    const until = performance.now() + 3_000;
    for (let i = 0; performance.now() < until; i++) {
      await ada.say(i % 2 ? "small" : long).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(lines()).toEqual([expect.stringMatching(/level=error .*cannot be written.*full/)]);
    expect(await readyz(running)).toBe(503);
    makeRoom();
    await expect.poll(lines, { timeout: 5_000 }).toHaveLength(2);
    expect(await readyz(running)).toBe(200);
    expect(lines()[1]).toMatch(/level=info .*can be written again/);
  });

  test("sends are refused as unavailable, feeds and reads continue, and with space sends work again", async () => {
    const { path, running, ada, bob, listening, start, answered, refusal, makeRoom } = await fullServer();
    expect(refusal).toMatchObject(unavailable);
    expect(refusal.detail?.retryDelay).toBeDefined();
    expect(await refused(ada.sendTo("bob", long))).toMatchObject(unavailable);
    expect(await refused(ada.chat.toggleIgnore({}, ada.options))).toMatchObject(unavailable);

    await listening.next("heartbeat");
    const resumed = bob.listen({ after: start });
    await resumed.next("caughtUp");
    expect([texts(listening.items), texts(resumed.items)]).toEqual([answered, answered]);
    const { users } = await bob.chat.listUsers({}, bob.options);
    expect(users.map(({ nickname }) => nickname)).toEqual(["ada", "bob"]);
    const page = await bob.chat.listEvents({ after: start, pageSize: 2 }, bob.options);
    expect(page.events.map((event) => summarize(event).slice(0, 6))).toEqual(["ada: 0", "ada: 1"]);

    makeRoom();
    // So small a record may have fitted all the same: the refusal says that the outcome is unknown.
    await ada.chat.toggleIgnore({ ignoring: false }, ada.options);
    expect(await ada.say("there is room again", "r1")).toMatchObject({ duplicate: false });
    for (const feed of [listening, resumed]) {
      await expect.poll(() => feed.summary().at(-1)).toBe("ada: there is room again");
      expect(feed.summary()).not.toContain("gap");
    }
    expect(await running.stop()).toBe(0);
    expect(check(path).problems).toEqual([]);
  });

  test("a Login is refused and leaves nothing behind; a Logout is refused, and announced once there is space", async () => {
    const { transport, ada, bob, makeRoom } = await fullServer();
    for (let i = 0; i < 3; i++) expect(await refused(login(transport, "cy"))).toMatchObject(unavailable);
    expect(await refused(ada.chat.logout({}, ada.options))).toMatchObject(unavailable);
    const { users } = await bob.chat.listUsers({}, bob.options);
    expect(users.map(({ nickname }) => nickname)).toEqual(["ada", "bob"]);

    makeRoom();
    const feed = bob.listen();
    await feed.next("caughtUp");
    await joinRoom(transport, "cy");
    await ada.chat.logout({}, ada.options);
    await feed.next("left");
    expect(feed.summary().filter((line) => line !== "heartbeat")).toEqual([
      "hello",
      "caughtUp",
      "+cy",
      "-ada",
    ]);
  });

  test("killed and started on a full disk, the server waits for space; nothing acknowledged is missing", async () => {
    const { server, running, ada, start, answered, makeRoom } = await fullServer();
    await running.stop("SIGKILL");
    const again = server.spawn("--log-level", "warn");
    await expect
      .poll(() => again.output.stderr, { timeout: 20_000 })
      .toMatch(/the store cannot be opened yet/);
    expect(again.output.stdout).toBe("");
    makeRoom();
    await again.listening;
    const feed = ada.listen({ after: start });
    await feed.next("caughtUp");
    expect(texts(feed.items)).toBe(answered);
  });
});
