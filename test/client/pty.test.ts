import { expect, test } from "vitest";
import { useBundle } from "./support/bundle.js";
import { createRunner } from "./support/pipe.js";
import { expectModesRestored, startScreen } from "./support/pty.js";
import { openRoom, type Room } from "./support/server.js";

const bundle = useBundle();
const { start } = createRunner(bundle);
/** Joins on a terminal of 80 columns. */
const enter = (room: Room, nickname: string, ...more: string[]) =>
  startScreen(bundle, { args: ["-s", room.url, "-n", nickname, ...more] });

test.concurrent("two people talk, in group and in private, and one leaves", async () => {
  await using room = await openRoom();
  await using ming = startScreen(bundle, { args: ["-s", room.url, "--lang", "zh-CN"] });
  await ming.shows("昵称> ");
  ming.type("小 明\r");
  await ming.shows("! 昵称里不能有空格");
  ming.type("\x03小明\r");
  await ming.shows("* 小明 进来了，现在 1 人在线。直接打字就是群聊，输入 /help 看命令");

  await using alice = enter(room, "alice", "--lang", "en");
  await alice.shows("* alice joined, 2 online. Type to talk to everyone, /help for commands");
  await ming.shows("* alice 进来了");

  alice.type("hi all\r");
  await ming.shows("alice: hi all");
  ming.type("＠alice　密码 是 x y\r");
  await alice.shows("[private] 小明 -> you: 密码 是 x y");
  await ming.shows("[私聊] 你 -> alice: 密码 是 x y");
  alice.type("/reply got it\r");
  await ming.shows("[私聊] alice -> 你: got it");

  alice.type("/i\r");
  await alice.shows("* Ignoring group chat");
  await alice.shows("alice(ignoring)> ");
  ming.type("没人听\r");
  await ming.shows("小明: 没人听");
  alice.type("/i\r");
  await alice.shows("* Group chat is back; 1 message was skipped");

  alice.type("/quit\r");
  expect(await alice.exit).toBe(0);
  expectModesRestored(alice);
  await ming.shows("* alice 离开了");
});

test.concurrent("a mistake sends nothing and leaves the text in the input", async () => {
  await using room = await openRoom();
  await using ada = enter(room, "ada");
  await ada.shows("* ada joined");
  ada.type("/lss\r");
  await ada.shows("! No command /lss; nothing was sent. Did you mean /ls?");
  await ada.shows("ada> /lss");
  ada.type("\x03@Alcie hello\r");
  await ada.shows('! No user named "Alcie"; private message not sent.');
  ada.type("\x1b[A");
  await ada.shows("ada -> Alcie> @Alcie hello");
  ada.type("\x03/h\r");
  await ada.shows("Anything else starting with / is never sent.");
  ada.type("/he\t\r");
  await ada.until("a second help", (all) => all.split("Anything else starting").length === 3);
});

test.concurrent("a taken nickname is asked for again, with a suggestion", async () => {
  await using room = await openRoom();
  await using first = enter(room, "bea");
  await first.shows("* bea joined");
  await using second = enter(room, "bea");
  await second.shows('! "bea" is taken, try bea2');
  second.type("2\r");
  await second.shows("* bea2 joined, ");
  second.type("\x04");
  expect(await second.exit).toBe(0);
});

test.concurrent("a paste of three lines is one message", async () => {
  await using room = await openRoom();
  await using ada = enter(room, "pat");
  await ada.shows("* pat joined");
  ada.type("\x1b[200~one\r\ntwo\rthree\x1b[201~");
  await ada.shows("pat> one");
  await ada.shows(" 3 lines, 13 bytes | connected");
  ada.type("\r");
  await ada.shows("pat: one\n    two\n    three");
  // A row that would have been for one person, or a command, goes to everyone only on demand.
  ada.type("\x1b[200~one\n@pat my secret\n/quit\x1b[201~\r");
  await ada.shows("! Not sent: this looks like a message for @pat alone.");
  const kept = "pat> one\n  @pat my secret\n  /quit";
  await ada.until("the rows in the input", () => ada.rows().join("\n").endsWith(kept));
});

test.concurrent("a paste on a terminal without marks for it is one message too, and nothing in it is a key", async () => {
  await using room = await openRoom();
  await using ann = enter(room, "ann");
  await ann.shows("* ann joined");
  const rows = Array.from({ length: 200 }, (_, row) => `row ${row}`);
  ann.type(`${rows.join("\r")}\r`);
  await ann.shows(" 200 lines (150 too many) | connected");
  ann.type("\x03");
  await ann.until("an empty input", () => ann.rows().at(-1) === "ann>");
  ann.type("hello, ann\r");
  await ann.shows("ann: hello, ann");
  expect(ann.lines().join("\n")).not.toMatch(/ann: row/);
});

test.concurrent("a flood arrives complete and in order while the person types and resizes", async () => {
  await using room = await openRoom();
  const count = 400;
  await using ivy = enter(room, "ivy");
  await ivy.shows("* ivy joined");
  const flood = start(["--json", "-s", room.url, "-n", "flood"]);
  await flood.says('"CONNECTED"');
  let sent = 0;
  const beat = setInterval(() => {
    const text = `#${String(++sent).padStart(4, "0")} 消息 message 👨‍👩‍👧 ${"长".repeat(sent % 60)}`;
    flood.write(`${JSON.stringify({ broadcast: { text } })}\n`);
    if (sent === count) clearInterval(beat);
  }, 10);
  const typed = "typing 打字 while it rains";
  for (const [index, character] of [...typed].entries()) {
    ivy.type(character);
    if (index % 5 === 0) ivy.resize(60 + index, 20 + (index % 7));
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  await ivy.shows(`#${String(count).padStart(4, "0")} `);
  await ivy.shows(`ivy> ${typed}`);
  const seen = [
    ...ivy
      .lines()
      .join("\n")
      .matchAll(/flood: #(\d{4})/g),
  ].map(([, number]) => Number(number));
  expect(seen).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  // No ghost of an earlier prompt, and the cursor after the text.
  expect(ivy.rows().filter((row) => row.includes("ivy> "))).toHaveLength(1);
  const last = ivy.rows().length - 1;
  expect(ivy.cursor).toEqual({ row: last, column: "ivy> typing ".length + 4 + " while it rains".length });
  ivy.type("\r");
  await ivy.shows(`ivy: ${typed}`);
  flood.child.kill();
  await flood.done;
});
