import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { useBundle } from "./support/bundle.js";
import { createRunner } from "./support/pipe.js";
import { startScreen } from "./support/pty.js";
import { openRoom, startServer } from "./support/server.js";

const bundle = useBundle();
const { start } = createRunner(bundle);

test.concurrent("messages sent while the server was away arrive once, and the typed text is kept", async () => {
  const dir = mkdtempSync(join(tmpdir(), "parlance-store-"));
  const store = `sqlite:${join(dir, "room.db")}`;
  try {
    const first = await startServer({ store });
    await using eve = startScreen(bundle, { args: ["-s", first.url, "-n", "eve"] });
    await eve.shows("* eve joined");
    eve.type("before\r");
    await eve.shows("eve: before");
    eve.type("not sent yet");
    await first.kill();
    await eve.shows("! connection lost, reconnecting; what you type is sent when it is back");
    await eve.shows("/reconnect now");
    eve.type(", 还没");
    eve.type("\r");
    await eve.shows(" 1/1 not sent yet, 还没");
    eve.type("second, edited\r");
    await eve.shows(" 2/2 second, edited");
    eve.type("\x1b[A");
    await eve.shows("eve> second, edited");
    eve.type(" twice\r");
    await eve.shows(" 2/2 second, edited twice");
    eve.type("third\r");
    await eve.shows(" 3/3 third");
    eve.type("\x1b");
    await eve.shows("! 1 pending line cancelled");
    eve.type("draft");

    await using _second = await startServer({ store, url: first.url });
    const bob = start(["--json", "-s", first.url, "-n", "bob"]);
    await bob.says('"CONNECTED"');
    bob.write('{"broadcast":{"text":"while you were away"}}\n');
    await bob.says('"while you were away"');
    eve.type("\x18\x12");
    await eve.shows("* back online");
    await eve.shows("bob: while you were away");
    await eve.shows("eve: second, edited twice");
    await eve.shows("eve> draft");
    const all = eve.lines().join("\n");
    const from = (name: string) =>
      [...all.matchAll(new RegExp(`${name}: (.*)`, "g"))].map(([, text]) => text);
    expect(from("eve")).toEqual(["before", "not sent yet, 还没", "second, edited twice"]);
    // Before eve's or after, as she may have come back by herself.
    expect(from("bob")).toEqual(["while you were away"]);
    bob.child.kill();
    await bob.done;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test.concurrent("a server that dies in the middle of a paste loses nothing of it", async () => {
  const first = await startServer();
  await using pam = startScreen(bundle, { args: ["-s", first.url, "-n", "pam"] });
  await pam.shows("* pam joined");
  pam.type("\x1b[200~first 第一\r\nsec");
  await first.kill();
  await pam.shows("! connection lost");
  pam.type("ond\r\nthird\x1b[201~");
  const pasted = "pam> first 第一\n  second\n  third";
  await pam.until("the paste", () => pam.rows().join("\n").endsWith(pasted));
  pam.type("\r");
  await pam.shows(" 1/1 first 第一 second third");
  await using _second = await startServer({ url: first.url });
  pam.type("\x18\x12");
  await pam.shows("* back online");
  await pam.shows("pam: first 第一\n    second\n    third");
  expect(pam.lines().join("\n").split("first 第一")).toHaveLength(2);
});

test.concurrent("a server with a new store is announced; the client logs in again", async () => {
  const first = await startServer();
  await using fay = startScreen(bundle, { args: ["-s", first.url, "-n", "fay"] });
  await fay.shows("* fay joined");
  await first.kill();
  await fay.shows("! connection lost");
  await using _second = await startServer({ url: first.url });
  // Or the next attempt may be longer away than the test waits, where the server starts slowly.
  fay.type("\x18\x12");
  await fay.shows("* the server was restarted; earlier messages were not kept");
  await fay.shows("* back online");
  fay.type("still fay\r");
  await fay.shows("fay: still fay");
});

test.concurrent("a person whose nickname was taken meanwhile is asked for another", async () => {
  const first = await startServer();
  await using gus = startScreen(bundle, { args: ["-s", first.url, "-n", "gus"] });
  await gus.shows("* gus joined");
  gus.type("before\r");
  await gus.shows("gus: before");
  gus.type("half a thought");
  await gus.shows("gus> half a thought");
  // Stopped, like a laptop that is closed.
  process.kill(gus.pid, "SIGSTOP");
  await first.kill();
  await using _second = await startServer({ url: first.url });
  const other = start(["--json", "-s", first.url, "-n", "gus"]);
  await other.says('"CONNECTED"');
  process.kill(gus.pid, "SIGCONT");
  await gus.shows('! the session ended, and "gus" is now used by someone else');
  // What is in the input is for the room, and not for the question.
  await gus.shows("the login waits: finish this line first");
  gus.type(", whole\r");
  await gus.shows("nick> gus");
  gus.type("2\r");
  await gus.shows("* gus2 joined");
  await gus.shows("gus2: half a thought, whole");
  other.child.kill();
  await other.done;
});

test.concurrent("a line without a response is counted, and shown when the person leaves", async () => {
  await using server = await startServer();
  await using kim = startScreen(bundle, { args: ["-s", server.url, "-n", "kim"] });
  await kim.shows("* kim joined");
  server.freeze();
  kim.type("are you there?\r");
  await kim.shows(" 1/1 are you there? (not confirmed yet)");
  kim.type("/quit\r");
  await kim.shows("! Left before the server confirmed this line: are you there?");
  expect(await kim.exit).toBe(0);
});

test.concurrent("a crash leaves the session, and the next client resumes it", async () => {
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
