import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useBundle } from "./support/bundle.js";
import { createRunner } from "./support/pipe.js";
import { type Screen, startScreen } from "./support/pty.js";
import { openRoom, type Room, startServer } from "./support/server.js";

const bundle = useBundle();
const { start } = createRunner(bundle);
/** Enters in a terminal of 80 columns. */
const enter = (room: Room, nickname: string, ...more: string[]) =>
  startScreen(bundle, { args: ["-s", room.url, "-n", nickname, ...more] });

/** All modes that a client may switch on are off again, and the cursor is to be seen. */
function expectModesRestored(screen: Screen): void {
  const raw = screen.raw();
  for (const mode of ["2004", "2026"]) {
    expect(raw.lastIndexOf(`\x1b[?${mode}l`)).toBeGreaterThan(raw.lastIndexOf(`\x1b[?${mode}h`));
  }
  expect(raw.lastIndexOf("\x1b[?25h")).toBeGreaterThan(raw.lastIndexOf("\x1b[?25l"));
}

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
  await ada.shows("! No command /lss; nothing was sent. Did you mean /ls ?");
  await ada.shows("ada> /lss");
  ada.type("\x03@Alcie hello\r");
  await ada.shows('! No user named "Alcie"; private message not sent.');
  await ada.shows("ada -> Alcie> @Alcie hello");
  ada.type("\x03/h\r");
  await ada.shows("Anything else starting with / is never sent.");
  ada.type("/he\t\r");
  await ada.until("a second help", (all) => all.split("Anything else starting").length === 3);
});

test.concurrent("a taken nickname is asked for again, with what would do", async () => {
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
  ada.type("\x1b[200~one\r\ntwo\r/ls\x1b[201~");
  await ada.shows("pat> one");
  ada.type("\r");
  await ada.shows("pat: one\n    two\n    /ls");
});

test.concurrent("everything that was said while the server was away arrives once, and the typed text stays", async () => {
  const dir = mkdtempSync(join(tmpdir(), "parlance-store-"));
  const store = `sqlite:${join(dir, "room.db")}`;
  try {
    const first = await startServer(bundle, { store });
    await using eve = startScreen(bundle, { args: ["-s", first.url, "-n", "eve"] });
    await eve.shows("* eve joined");
    eve.type("before\r");
    await eve.shows("eve: before");
    eve.type("not sent yet");
    await first.kill();
    await eve.shows("! connection lost, reconnecting; keep typing, nothing is sent until then");
    await eve.shows("Ctrl-R retry now");
    eve.type(", 还没");
    eve.type("\r");
    await eve.shows("! Not connected yet; not sent (your line is still in the input)");

    await using _second = await startServer(bundle, { store, url: first.url });
    const bob = start(["--json", "-s", first.url, "-n", "bob"]);
    await bob.says('"CONNECTED"');
    bob.write('{"broadcast":{"text":"while you were away"}}\n');
    await bob.says('"while you were away"');
    eve.type("\x12");
    await eve.shows("* back online");
    await eve.shows("bob: while you were away");
    await eve.shows("eve> not sent yet, 还没");
    eve.type("\r");
    await eve.shows("eve: not sent yet, 还没");
    const all = eve.lines().join("\n");
    for (const text of ["eve: before", "bob: while you were away", "eve: not sent yet"]) {
      expect(all.split(text)).toHaveLength(2);
    }
    bob.child.kill();
    await bob.done;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test.concurrent("a server that forgot everything is told; the name is taken anew", async () => {
  const first = await startServer(bundle);
  await using fay = startScreen(bundle, { args: ["-s", first.url, "-n", "fay"] });
  await fay.shows("* fay joined");
  await first.kill();
  await fay.shows("! connection lost");
  await using _second = await startServer(bundle, { url: first.url });
  await fay.shows("* the server was restarted; earlier messages were not kept");
  await fay.shows("* back online");
  fay.type("still fay\r");
  await fay.shows("fay: still fay");
});

test.concurrent("someone who lost the nickname meanwhile is asked for another", async () => {
  const first = await startServer(bundle);
  await using gus = startScreen(bundle, { args: ["-s", first.url, "-n", "gus"] });
  await gus.shows("* gus joined");
  gus.type("before\r");
  await gus.shows("gus: before");
  // Asleep, as a laptop that was shut.
  process.kill(gus.pid, "SIGSTOP");
  await first.kill();
  await using _second = await startServer(bundle, { url: first.url });
  const other = start(["--json", "-s", first.url, "-n", "gus"]);
  await other.says('"CONNECTED"');
  process.kill(gus.pid, "SIGCONT");
  await gus.shows('! the session ended, and "gus" is someone else now');
  await gus.shows("nick> gus");
  gus.type("2\r");
  await gus.shows("* gus2 joined");
  other.child.kill();
  await other.done;
});

test.concurrent("lines are said in the order they were typed", async () => {
  await using room = await openRoom();
  await using ann = enter(room, "ann");
  await ann.shows("* ann joined");
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index};`);
  ann.type(lines.map((line) => `${line}\r`).join(""));
  await ann.shows("ann: line 19;");
  expect(
    [
      ...ann
        .lines()
        .join("\n")
        .matchAll(/ann: (.*)/g),
    ].map(([, text]) => text),
  ).toEqual(lines);
});

test.concurrent("a flood arrives whole and in order while someone types and resizes", async () => {
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
  // No ghost of an earlier prompt, and the cursor behind the text.
  expect(ivy.rows().filter((row) => row.includes("ivy> "))).toHaveLength(1);
  const last = ivy.rows().length - 1;
  expect(ivy.cursor).toEqual({ row: last, column: "ivy> typing ".length + 4 + " while it rains".length });
  ivy.type("\r");
  await ivy.shows(`ivy: ${typed}`);
  flood.child.kill();
  await flood.done;
});

describe("the terminal is given back", () => {
  test.concurrent.each([
    ["^C on an empty input", (screen: Screen) => screen.type("\x03"), 130],
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
  await using room = await openRoom();
  for (const [args, env] of [
    [["--no-color"], {}],
    [[], { NO_COLOR: "1" }],
  ] as const) {
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
  plain.type("hello\r");
  await plain.shows("plain: hello");
  expect(plain.raw()).not.toContain("\x1b");
  plain.type("\x04");
  expect(await plain.exit).toBe(0);
});

test.concurrent("a crash leaves the session behind, and the next client takes it up", async () => {
  await using room = await openRoom();
  const home = mkdtempSync(join(tmpdir(), "parlance-"));
  const env = { HOME: home, XDG_STATE_HOME: home };
  try {
    await using first = startScreen(bundle, { args: ["-s", room.url, "-n", "phoenix"], env });
    await first.shows("* phoenix joined");
    first.type("one\r");
    await first.shows("phoenix: one");
    first.kill("SIGKILL");
    await first.exit;
    await using second = startScreen(bundle, { args: ["-s", room.url], env });
    await second.shows("* back online");
    await second.shows("phoenix> ");
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
