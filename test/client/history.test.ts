import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { useBundle } from "./support/bundle.js";
import { createHome } from "./support/home.js";
import { createRunner } from "./support/pipe.js";
import { startScreen } from "./support/pty.js";
import { openRoom, type Room } from "./support/server.js";

const bundle = useBundle();
const { run, start } = createRunner(bundle);

test.concurrent("/history reads further back each time, until nothing older is kept", async () => {
  await using room = await openRoom();
  const at = ["-s", room.url];
  const said = Array.from({ length: 5 }, (_, index) => `text ${index + 1}\n`).join("");
  await run([...at, "-n", "amy"], { input: said });
  const input = "/history 3\n/history 4\n/history 500\n/history all\n";
  const { stdout, stderr, code } = await run([...at, "-n", "ben", "--time", "hm"], { input });
  expect(
    stdout
      .replaceAll(/\d\d:\d\d/g, "TIME")
      .split("\n")
      .slice(1),
  ).toEqual([
    "---- history: latest 3 events ----",
    "TIME amy: text 5",
    "TIME * amy left",
    "TIME * ben joined",
    "---- end of history; /history again goes further back ----",
    "---- 4 earlier events ----",
    ...["1", "2", "3", "4"].map((number) => `TIME amy: text ${number}`),
    "---- end of history; /history again goes further back ----",
    "---- 1 earlier event ----",
    "TIME * amy joined",
    "---- end of history; nothing older is kept ----",
    "",
  ]);
  expect(stderr).toBe("! /history takes a number from 1 to 500; nothing was sent\n");
  expect(code).toBe(2);
});

test.concurrent("tail prints the latest events and no more; it follows without a gap", async () => {
  await using room = await openRoom();
  const at = ["-s", room.url];
  await run([...at, "-n", "amy"], { input: "one\ntwo\nthree\n" });
  const { stdout } = await run(["tail", ...at, "--nick", "bo", "-n", "2"]);
  expect(stdout).toMatch(/^\S+ amy: three\n\S+ \* amy left\n$/);
  const json = await run(["tail", ...at, "--nick", "bo", "-n", "3", "--json"]);
  const kinds = json.stdout.match(/"(?:joined|left|groupMessage)"/g);
  expect(kinds).toEqual(['"groupMessage"', '"groupMessage"', '"left"']);
  expect((await run(["tail", ...at, "--nick", "bo", "-n", "0"])).stdout).toBe("");
  const follower = start(["tail", "-f", "-n", "1", ...at, "--nick", "bo"]);
  await follower.says("* amy left");
  await run(["send", ...at, "-n", "amy", "four"]);
  await follower.says("amy: four");
  follower.child.kill();
  const followed = (await follower.done).stdout;
  expect(followed.match(/four/g)).toHaveLength(1);
  expect(followed).not.toContain("three");
});

test.concurrent("the count of tail is of what it prints: without hidden joins, and without the reader's own", async () => {
  await using room = await openRoom();
  using home = createHome();
  const at = ["-s", room.url];
  const tail = (...args: string[]) => run(["tail", ...at, ...args], { env: home.env });
  expect((await run(["login", ...at, "-n", "bo"], { env: home.env })).code).toBe(0);
  await run([...at, "-n", "amy"], { input: "one\ntwo\nthree\n" });
  // A feed announces the reader, whose session stays.
  await run([...at], { env: home.env, input: "four\n" });
  expect((await tail("-n", "3")).stdout).toMatch(/^\S+ amy: three\n\S+ \* amy left\n\S+ bo: four\n$/);
  expect((await tail("-n", "3", "--joins", "none")).stdout).toMatch(
    /^\S+ amy: two\n\S+ amy: three\n\S+ bo: four\n$/,
  );
});

test.concurrent("a person reads with /history what precedes the screen, and repeats it for older events", async () => {
  await using room = await openRoom("--rate", "0");
  const said = Array.from({ length: 80 }, (_, index) => `text ${index + 1};\n`).join("");
  await run(["-s", room.url, "-n", "amy"], { input: said });
  await using ming = startScreen(bundle, {
    args: ["-s", room.url, "-n", "小明", "--lang", "zh-CN"],
    rows: 100,
  });
  await ming.shows("* 小明 进来了");
  ming.type("half a line");
  ming.type("\x15/hi\t\r");
  await ming.shows("---- 更早的 20 条 ----");
  await ming.shows("---- 历史到此，再输入 /history 看更早的 ----");
  ming.type("／history　１５\r");
  await ming.shows("---- 更早的 13 条 ----");
  await ming.shows("---- 历史到此为止，更早的没有保留 ----");
  const numbers = [
    ...ming
      .lines()
      .join("\n")
      .matchAll(/amy: text (\d+);/g),
  ].map(([, number]) => Number(number));
  const from = (first: number, last: number) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index);
  // The backlog of 50 events, a leave and a join among them, then the 20 before it, then the rest.
  expect(numbers).toEqual([...from(33, 80), ...from(13, 32), ...from(1, 12)]);
  ming.type("/history x\r");
  await ming.shows("! /history 后面要写 1 到 500 的数字");
  await ming.shows("小明> /history x");
});

test.concurrent("with a server without ListEvents, tail requests a backlog, and /history shows a problem", async () => {
  await using old = await openOldRoom();
  const { stdout, code } = await run(["tail", "-s", old.url, "--nick", "bo", "-n", "7"]);
  expect(stdout).toMatch(/^\S+ amy: asked for 7\n$/);
  expect(code).toBe(0);
  const typed = await run(["-s", old.url, "-n", "bo"], { input: "/history\n" });
  expect(typed).toMatchObject({ stderr: "! This server has no history\n", code: 6 });
});

/** A room on a server without ListEvents. */
async function openOldRoom(): Promise<Room> {
  const time = { seconds: 0n, nanos: 0 };
  const server = createServer(
    connectNodeAdapter({
      routes: (router) =>
        router.service(ChatService, {
          login: ({ nickname }) => ({ token: "token", user: { nickname, id: "1" } }),
          listUsers: () => ({ totalSize: 1 }),
          logout: () => ({}),
          async *subscribe({ backlog }, { signal }) {
            yield { item: { case: "hello", value: { cursor: "0" } } };
            const message = { sender: "amy", senderId: "2", text: `asked for ${backlog}` };
            const kind = { case: "groupMessage", value: message } as const;
            yield { item: { case: "event", value: { id: "1", cursor: "1", time, kind } } };
            yield { item: { case: "caughtUp", value: { cursor: "1", replayed: 1, online: 1 } } };
            await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
          },
        }),
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
