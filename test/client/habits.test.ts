/** Keys, commands and settings that people bring along from other programs. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { useBundle } from "./support/bundle.js";
import { createHome, type Home } from "./support/home.js";
import { createRunner } from "./support/pipe.js";
import { expectModesRestored, startScreen } from "./support/pty.js";
import { openRoom } from "./support/server.js";

const bundle = useBundle();
const { run } = createRunner(bundle);

function configure(home: Home, config: object): void {
  mkdirSync(join(home.path, "config", "parlance"), { recursive: true });
  writeFileSync(join(home.path, "config", "parlance", "config.json"), JSON.stringify(config));
}

test.concurrent("history search, pending lines, ^C twice, and the person's own keys and aliases", async () => {
  await using room = await openRoom();
  using home = createHome();
  configure(home, { bindings: { "C-t": "kill-line" }, aliases: { wc: "/who" } });
  await using ada = startScreen(bundle, { args: ["-s", room.url, "-n", "ada"], env: home.env });
  await ada.shows("* ada joined");
  ada.type("make test\r");
  await ada.shows("ada: make test");
  ada.type("/wc\r");
  await ada.shows("1 online:");
  ada.type("draft\x12ake");
  await ada.shows('(search) "ake": make test');
  ada.type("\r");
  await ada.shows("ada> make test");
  ada.type("\x01\x14");
  await ada.until("an empty input", () => ada.rows().at(-1) === "ada>");
  ada.type("/help keys\r");
  await ada.shows("^X ^E");
  await ada.shows("^K, ^T");
  ada.type("\x03");
  await ada.shows("Ctrl-C again to leave");
  ada.type("x\x7f");
  await ada.until("no hint", () => !ada.rows().at(-2)?.includes("Ctrl-C again"));
  ada.type("\x03\x03");
  expect(await ada.exit).toBe(130);
});

test.concurrent("what is typed after a refused command takes its place, and what completes one is joined to it", async () => {
  await using room = await openRoom();
  using home = createHome();
  await using ada = startScreen(bundle, { args: ["-s", room.url, "-n", "ada"], env: home.env });
  await ada.shows("* ada joined");
  ada.type("/repyl hi\r");
  await ada.shows("unsent: typing replaces, arrows edit");
  ada.type("hello\r");
  await ada.shows("ada: hello");
  ada.type("\x1b[A\x1b[A");
  await ada.shows("ada> /repyl hi");
  ada.type("\x03/ignore nobody\r");
  await ada.shows('! No one named "nobody" was found');
  await ada.shows("unsent: typing replaces, arrows edit");
  ada.type("\x7fx\r");
  await ada.shows('! No one named "nobodx" was found');
  ada.type("@bob\r");
  await ada.shows('! "bob" is not online.');
  ada.type(" psst");
  await ada.shows("ada -> bob> @bob psst");
});

test.concurrent("the input is edited in $VISUAL, in a file for its owner that does not stay", async () => {
  await using room = await openRoom();
  using home = createHome();
  const seen = join(home.path, "seen");
  const VISUAL = `f() { stat -c '%a %n' "$1" > ${seen}; sed -i s/one/two/ "$1"; }; f`;
  await using ada = startScreen(bundle, {
    args: ["-s", room.url, "-n", "ada"],
    env: { ...home.env, VISUAL },
  });
  await ada.shows("* ada joined");
  ada.type("one\nrow\x18\x05");
  await ada.until("the edited text", () => ada.rows().slice(-2).join("\n") === "ada> two\n  row");
  const stat = readFileSync(seen, "utf8");
  expect(stat).toMatch(/^600 .*message\.txt\n$/);
  expect(existsSync(stat.split(" ")[1]?.trim() ?? "")).toBe(false);
  ada.type("\r");
  await ada.shows("ada: two\n    row");
  ada.type("/quit\r");
  expect(await ada.exit).toBe(0);
  expectModesRestored(ada);
});

test.concurrent("an editor that fails leaves the input as it was", async () => {
  await using room = await openRoom();
  using home = createHome();
  const env = { ...home.env, VISUAL: "false" };
  await using ada = startScreen(bundle, { args: ["-s", room.url, "-n", "ada"], env });
  await ada.shows("* ada joined");
  ada.type("one\x18\x05");
  await ada.shows("! false failed (exit code 1); the input is as it was.");
  await ada.shows("ada> one");
});

test.concurrent("an editor that leaves what is not UTF-8 leaves the input as it was, too", async () => {
  await using room = await openRoom();
  using home = createHome();
  const env = { ...home.env, VISUAL: `f() { printf 'caf\\351\\n' > "$1"; }; f` };
  await using ada = startScreen(bundle, { args: ["-s", room.url, "-n", "ada"], env });
  await ada.shows("* ada joined");
  ada.type("one\x18\x05");
  await ada.shows("failed (it left a text that is not");
  await ada.shows("ada> one");
});

test.concurrent("an unknown key or function is refused with the nearest", async () => {
  await using room = await openRoom();
  using home = createHome();
  configure(home, { bindings: { "ctrl-t": "kil-line" } });
  await using ada = startScreen(bundle, { args: ["-s", room.url, "-n", "ada"], env: home.env });
  await ada.shows('no key or function "kil-line"; did you mean "kill-line"?');
  expect(await ada.exit).toBe(2);
  configure(home, { tiem: "hm" });
  const { code, stderr } = await run(["who", "-s", room.url], { env: home.env });
  expect([code, stderr]).toEqual([2, expect.stringContaining('no setting "tiem"; did you mean "time"?')]);
});
