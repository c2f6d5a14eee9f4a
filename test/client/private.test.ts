/** Whom private messages reach, and what their sender learns of it. */
import { expect, test } from "vitest";
import { useBundle } from "./support/bundle.js";
import { createHome } from "./support/home.js";
import { createRunner, type Piped } from "./support/pipe.js";
import { startScreen } from "./support/pty.js";
import { openRoom, type Room } from "./support/server.js";

const bundle = useBundle();
const { run, start } = createRunner(bundle);
const enter = (room: Room, nickname: string) =>
  startScreen(bundle, { args: ["-s", room.url, "-n", nickname, "--lang", "en"] });

async function join(room: Room, nickname: string): Promise<Piped> {
  const client = start(["--json", "-s", room.url, "-n", nickname]);
  await client.says('"caughtUp"');
  return client;
}

async function leave(client: Piped): Promise<void> {
  client.child.stdin?.end();
  await client.done;
}

test.concurrent("a private message is for the person who had the name when it was typed", async () => {
  await using room = await openRoom();
  const alice = await join(room, "alice");
  await using ming = enter(room, "ming");
  await ming.shows("* ming joined, 2 online");
  ming.type("@ali\t");
  await ming.shows("ming -> alice> @alice");
  ming.type("my secret");
  await leave(alice);
  const stranger = await join(room, "Alice");
  await ming.shows("* Alice joined");
  ming.type("\r");
  await ming.shows('! "alice" is another person now; not sent. Up, then Enter sends it to them');
  // What is typed meanwhile is not joined to it.
  ming.type("hello\r");
  await ming.shows("ming: hello");
  ming.type("\x1b[A");
  await ming.shows("ming -> Alice> @alice my secret");
  expect(stranger.stdout()).not.toContain("my secret");
  ming.type("\r");
  await ming.shows("[private] you -> Alice: my secret");
  await stranger.says("my secret");
  await leave(stranger);
});

test.concurrent("a private message to a name that was free is not for a person who joins with it later", async () => {
  await using room = await openRoom();
  await using ming = enter(room, "ming");
  await ming.shows("* ming joined, 1 online");
  // That the name is free is known once the list of people has arrived.
  ming.type("/ls\r");
  await ming.shows("1 online:");
  ming.type("@alice my secret");
  await ming.shows("ming -> alice> @alice my secret");
  const alice = await join(room, "alice");
  await ming.shows("* alice joined");
  ming.type("\r");
  await ming.shows('! "alice" joined only now; not sent. Enter again sends it to them');
  expect(alice.stdout()).not.toContain("my secret");
  ming.type("\r");
  await alice.says("my secret");
  await leave(alice);
});

test.concurrent("/reply is for the person to whom it was typed, even if another one writes meanwhile", async () => {
  await using room = await openRoom();
  const [ming, dora] = [await join(room, "ming"), await join(room, "dora")];
  await using alice = enter(room, "alice");
  await alice.shows("* alice joined, 3 online");
  const ask = (client: Piped, text: string) =>
    client.write(`${JSON.stringify({ sendTo: { recipient: "alice", text } })}\n`);
  ask(ming, "question");
  await alice.shows("[private] ming -> you: question");
  alice.type("/reply my secret");
  await alice.shows("alice -> ming> /reply my secret");
  ask(dora, "question from dora");
  await alice.shows("[private] dora -> you: question from dora");
  await alice.shows("alice -> ming> /reply my secret");
  alice.type("\r");
  await ming.says("my secret");
  alice.type("/reply for dora\r");
  await ming.says("my secret");
  await alice.shows("[private] you -> ming: for dora");
  expect(dora.stdout()).not.toContain("my secret");
  await Promise.all([ming, dora].map(leave));
});

test.concurrent("the sender learns that the recipient is away, and what did not arrive", async () => {
  await using room = await openRoom("--grace", "2s");
  const kim = await join(room, "kim");
  await using ming = enter(room, "ming");
  await ming.shows("* ming joined, 2 online");
  kim.child.kill("SIGKILL");
  await kim.done;
  ming.type("@kim are you there?\r");
  await ming.shows("[private] you -> kim: are you there?");
  await ming.shows("* kim is away: delivered if back within 2 s");
  await ming.shows("* 1 private message to kim was not delivered\n    are you there?");
});

test.concurrent("a client that another one replaced shows it, and connects again on demand", async () => {
  await using room = await openRoom("--max-feeds", "1");
  using home = createHome();
  expect((await run(["login", "-s", room.url, "-n", "kim"], { env: home.env })).code).toBe(0);
  await using kim = startScreen(bundle, { args: ["-s", room.url, "--lang", "en"], env: home.env });
  await kim.shows("kim> ");
  await kim.shows(" connected | ");
  const follower = start(["tail", "-f", "-n", "0", "-s", room.url], { env: home.env });
  await kim.shows("* another client of this session took the place of this one");
  await kim.shows("disconnected");
  kim.type("hello\r");
  await kim.shows(" 1/1 hello");
  kim.type("\x18\x12");
  await kim.shows("* back online, nothing missed");
  expect(await follower.done).toMatchObject({ code: 6 });
  await kim.shows("kim: hello");
});
