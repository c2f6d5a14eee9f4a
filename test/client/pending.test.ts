/** What is typed before the room can take it. */
import { expect, test } from "vitest";
import { openGate } from "./support/between.js";
import { useBundle } from "./support/bundle.js";
import { startScreen } from "./support/pty.js";
import { openRoom } from "./support/server.js";

const bundle = useBundle();

test.concurrent("what is typed during the login is pending, and sent in its order", async () => {
  await using room = await openRoom();
  await using gate = await openGate(room.url, "Login");
  await using ming = startScreen(bundle, { args: ["-s", gate.url, "--lang", "en"] });
  await ming.shows("nick> ");
  ming.type("ming\r");
  await ming.shows(" logging in");
  ming.type("slow message\r");
  await ming.shows(" 1/1 slow message");
  ming.type("/ls\r");
  await ming.shows(" 2/2 /ls");
  ming.type("/help\r");
  await ming.shows("/quit or Ctrl-D   leave");
  ming.type("\x1b[A");
  await ming.shows("> /ls");
  ming.type("\x1b[A");
  await ming.shows("> slow message");
  ming.type("!\r");
  await ming.shows(" 1/2 slow message!");
  ming.type("\x1b[A\x1b[A\x1b[B\x1b[B");
  await ming.shows(" 2/2 /ls");
  ming.type("a slip\r\x1b[A");
  await ming.shows("> a slip");
  ming.type("\x03");
  await ming.shows("! 1 pending line cancelled");
  await ming.shows(" 2/2 /ls");
  ming.type("draft");
  gate.open();
  await ming.shows("1 online:");
  await ming.shows("ming> draft");
  const shown = ming.lines().join("\n");
  expect(shown).toMatch(/ming: slow message!\n[\s\S]*1 online:/);
  expect(shown).not.toContain("message/ls");
  expect(shown).not.toContain("ming: a slip");
});

test.concurrent("what is typed during a login that asks for more reaches neither the question nor the room", async () => {
  await using room = await openRoom();
  await using bea = startScreen(bundle, { args: ["-s", room.url, "-n", "bea"] });
  await bea.shows("* bea joined");
  await using gate = await openGate(room.url, "Login");
  await using other = startScreen(bundle, { args: ["-s", gate.url, "-n", "bea"] });
  await other.shows(" logging in");
  other.type("hunter22\rhal");
  await other.shows(" 1/1 hunter22");
  gate.open();
  await other.shows('! "bea" is taken, try bea2');
  await other.shows("the login waits");
  other.type("f\r");
  await other.shows("nick> bea");
  other.type("2\r");
  await other.shows("* bea2 joined, 2 online");
  await other.shows(" ! hunter22 (not sent)");
  await other.shows(" ! half (not sent)");
  other.type("hello\r");
  await bea.shows("bea2: hello");
  expect(bea.lines().join("\n")).not.toMatch(/hunter22|half/);
  other.type("\x1b[A");
  await other.shows("bea2> half");
  other.type("\r");
  await bea.shows("bea2: half");
});

test.concurrent("a refused line is not joined to what is typed meanwhile", async () => {
  await using room = await openRoom();
  await using gate = await openGate(room.url, "SendTo");
  await using ada = startScreen(bundle, { args: ["-s", gate.url, "-n", "ada"] });
  await ada.shows("* ada joined");
  ada.type("@nobody my secret\r");
  await ada.shows(" 1/1 -> nobody> @nobody my secret (not confirmed yet)");
  ada.type("hello");
  gate.open();
  await ada.shows(" ! -> nobody> @nobody my secret (not sent)");
  ada.type("\r");
  await ada.shows("ada: hello");
});
