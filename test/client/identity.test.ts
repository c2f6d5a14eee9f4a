/** Registered nicknames and entry, as a person and a script meet them. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useBundle } from "./support/bundle.js";
import { createHome, type Home } from "./support/home.js";
import { createRunner } from "./support/pipe.js";
import { type Screen, startScreen } from "./support/pty.js";
import { openRoom, type Room } from "./support/server.js";

const bundle = useBundle();
const { run } = createRunner(bundle);

const CHOSEN = "correct horse battery";
/** A client on a terminal of 100 columns, with the files of `home`. */
const enter = (room: Room, home: Home, ...more: string[]) =>
  startScreen(bundle, { args: ["-s", room.url, ...more], columns: 100, env: home.env });
const stored = (home: Home, name: string) => join(home.path, "state", "parlance", name);
/** The secret that the screen shows. */
const secretOn = (screen: Screen) => /prl_[\w-]{27}/.exec(screen.lines().join(""))?.[0] ?? "";
const isGone = async (screen: Screen) => {
  screen.type("/quit\r");
  expect(await screen.exit).toBe(0);
};

describe.concurrent("a registered nickname", () => {
  test("is logged in by what its machine keeps, and elsewhere by its secret, which is not echoed", async () => {
    await using room = await openRoom("--grace", "1s");
    using home = createHome();
    using elsewhere = createHome();
    let secret = "";
    {
      await using ada = enter(room, home, "-n", "ada");
      await ada.shows("* ada joined");
      ada.type("/reg\t");
      await ada.shows("ada> /register");
      ada.type("\r");
      await ada.shows("It is stored in credentials.json");
      secret = secretOn(ada);
      expect(secret).not.toBe("");
      ada.type("/ls\r");
      await ada.shows("ada+  you, registered");
      await isGone(ada);
    }
    const file = stored(home, "credentials.json");
    expect(readFileSync(file, "utf8")).toContain(secret);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    {
      await using again = enter(room, home, "-n", "ada");
      await again.shows("* ada joined");
      again.type("hello\r");
      await again.shows("ada+: hello");
      await isGone(again);
    }
    await using other = enter(room, elsewhere, "-n", "ada");
    await other.shows('! "ada" is registered. If it is yours');
    await other.shows("secret> ");
    other.type("a wrong guess\r");
    await other.shows('! That is not the secret of "ada"');
    other.type(secret);
    other.type("\r");
    await other.shows("* ada joined");
    expect(other.raw()).not.toContain(secret);
    expect(other.raw()).not.toContain("a wrong guess");
    expect(readFileSync(stored(elsewhere, "credentials.json"), "utf8")).toContain(secret);
  });

  test("with a chosen secret leaves it in no history, file or output, and Enter alone picks another nickname", async () => {
    await using room = await openRoom("--grace", "1s");
    using home = createHome();
    const settings = join(home.path, "config", "parlance");
    mkdirSync(settings, { recursive: true });
    writeFileSync(join(settings, "config.json"), '{"history":true}');
    await using ada = enter(room, home, "-n", "ada");
    await ada.shows("* ada joined");
    ada.type("/register short\r");
    await ada.shows("! The server refused: ");
    await ada.shows("ada> /register *****");
    ada.type(`\x03/register ${CHOSEN}\r`);
    await ada.shows("ada has the secret that you chose.");
    ada.type("hello\r");
    await ada.shows("ada+: hello");
    // Up, Up: what was typed before the text is not there.
    ada.type("\x1b[A\x1b[A\r");
    await ada.until("the text again", (all) => all.split("ada+: hello").length === 3);
    expect(ada.raw()).not.toContain("correct");
    expect(readFileSync(stored(home, "credentials.json"), "utf8")).not.toContain("correct");
    expect(readFileSync(stored(home, "history"), "utf8").split("\n")).toEqual(['"hello"', '"hello"', ""]);

    using elsewhere = createHome();
    await using other = enter(room, elsewhere, "-n", "ada");
    await other.shows("secret> ");
    other.type("\r");
    await other.shows("nick> ada");
    other.type("\x03bea\r");
    await other.shows("* bea joined, 2 online");
  });

  test("receives on one device what it missed on another, and the sender is told that it will", async () => {
    await using room = await openRoom("--grace", "1s");
    using home = createHome();
    using elsewhere = createHome();
    let secret = "";
    {
      await using ada = enter(room, home, "-n", "ada");
      await ada.shows("* ada joined");
      ada.type("/register\r");
      await ada.shows("It is stored in credentials.json");
      secret = secretOn(ada);
      await isGone(ada);
    }
    const sent = await run(["send", "-s", room.url, "-n", "bob", "-t", "ada", "psst"], {});
    expect(sent.stderr).toContain("* ada is not here: will be delivered when ada is back");
    expect(sent.code).toBe(0);
    const env = { ...elsewhere.env, PARLANCE_SECRET: secret };
    await using other = startScreen(bundle, { args: ["-s", room.url, "-n", "ada"], columns: 100, env });
    await other.shows("* ada joined");
    await other.shows("---- while you were away: 1 message ----");
    await other.shows("[private] bob -> you: psst");
    expect(other.lines().join("\n")).not.toContain(secret);
  });

  test("is given up, and erases its last message, only when the question is confirmed", async () => {
    await using room = await openRoom("--grace", "1s");
    using home = createHome();
    await using ada = enter(room, home, "-n", "ada");
    await ada.shows("* ada joined");
    ada.type("a slip\r");
    await ada.shows("ada: a slip");
    ada.type("/redact\r");
    await ada.until("the question", (all) => /! This erases your message of \d\d:\d\d: "a slip"/.test(all));
    ada.type("\r");
    await ada.shows("* 1 message of yours was erased");
    ada.type("/register\r");
    await ada.shows("It is stored in credentials.json");
    ada.type("/unregister\r");
    await ada.shows("! ada will no longer be yours");
    ada.type("\r");
    await ada.shows("* your nickname is no longer registered");
    expect(readFileSync(stored(home, "credentials.json"), "utf8")).not.toContain("prl_");
  });
});

test("parlance login asks for the secret without an echo, and keeps the session", async () => {
  await using room = await openRoom("--grace", "1s");
  using home = createHome();
  const at = ["-s", room.url, "-n", "ada"];
  await run(at, { input: `/register ${CHOSEN}\n` });
  await using login = startScreen(bundle, { args: ["login", ...at], columns: 100, env: home.env });
  await login.shows("secret> ");
  login.type("a wrong guess\r");
  await login.until("the question again", (all) => all.split("secret> ").length === 3);
  login.type(`${CHOSEN}\r`);
  expect(await login.exit).toBe(0);
  expect(login.lines().join("\n")).toContain("logged in as ada");
  expect(login.raw()).not.toContain("a wrong guess");
  expect(login.raw()).not.toContain("correct");
  expect((await run(["who", "-s", room.url], { env: home.env })).code).toBe(0);
  await using stopped = startScreen(bundle, { args: ["login", ...at], columns: 100 });
  await stopped.shows("secret> ");
  stopped.type("\x03");
  expect(await stopped.exit).toBe(130);
});

test("--help names the variable of a secret, for which there is no flag", async () => {
  const { stdout } = await run(["--help"]);
  expect(stdout).toContain("PARLANCE_SECRET");
  expect(stdout).toContain("--invite <code>");
  const { code, stderr } = await run(["send", "--secret", "x", "hi"]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("--secret")]);
});

describe.concurrent("in a pipe", () => {
  test("PARLANCE_SECRET logs in, a wrong one and none are exit code 4, and no output has it", async () => {
    await using room = await openRoom("--grace", "1s");
    using home = createHome();
    const at = ["-s", room.url, "-n", "robot"];
    const registered = await run([...at], { input: "/register\nhello\n", env: home.env });
    expect(registered.stdout).toContain("the secret of robot is stored in credentials.json of this machine");
    expect(registered.stdout).toContain("robot+: hello");
    expect(registered.stdout + registered.stderr).not.toContain("prl_");
    const [secret = ""] = /prl_[\w-]{27}/.exec(readFileSync(stored(home, "credentials.json"), "utf8")) ?? [];
    const none = await run(["send", ...at, "hi"]);
    expect([none.code, none.stderr]).toEqual([4, expect.stringContaining('"robot" is registered.')]);
    const wrong = await run(["send", ...at, "hi"], {
      env: { ...createEnv(), PARLANCE_SECRET: `${secret}x` },
    });
    expect([wrong.code, wrong.stderr]).toEqual([4, expect.stringContaining("not the secret of")]);
    const right = { ...createEnv(), PARLANCE_SECRET: secret };
    expect((await run(["send", ...at, "hi"], { env: right })).code).toBe(0);
    expect((await run(["who", ...at], { env: right })).code).toBe(0);
    const tail = await run(["tail", "-s", room.url, "--nick", "robot"], { env: right });
    expect([tail.code, tail.stdout]).toEqual([0, expect.stringContaining("robot+: hi")]);
  });

  test("a room for registered nicknames, and one of an application, say how they are entered", async () => {
    using home = createHome();
    const secret = join(home.path, "key");
    writeFileSync(secret, "k".repeat(32), { mode: 0o600 });
    const access = ["--access-secret-file", secret, "--access-issuer", "i", "--access-audience", "a"];
    for (const [flags, words] of [
      [["--entry", "registered"], "! This room is for registered nicknames."],
      [["--entry", "external", ...access], "! This room is entered through the application"],
    ] as const) {
      await using room = await openRoom(...flags);
      const { code, stderr } = await run(["send", "-s", room.url, "-n", "bob", "hi"]);
      expect([code, stderr]).toEqual([4, expect.stringContaining(words)]);
    }
  });

  test("a room with a door asks for the passphrase, on a terminal too", async () => {
    using home = createHome();
    const file = join(home.path, "passphrase");
    writeFileSync(file, "open sesame\n", { mode: 0o600 });
    await using room = await openRoom("--entry", "invite", "--passphrase-file", file);
    const at = ["send", "-s", room.url, "-n", "bob", "hi"];
    const none = await run(at);
    expect([none.code, none.stderr]).toEqual([4, expect.stringContaining("! This room asks for an invite")]);
    const wrong = await run([...at, "--invite", "open"]);
    expect([wrong.code, wrong.stderr]).toEqual([4, expect.stringContaining("is not valid")]);
    expect((await run([...at, "--invite", "open sesame"])).code).toBe(0);
    expect((await run(at, { env: { ...createEnv(), PARLANCE_INVITE: "open sesame" } })).code).toBe(0);
    await using ada = enter(room, home, "-n", "ada");
    await ada.shows("invite> ");
    ada.type("open sesame\r");
    await ada.shows("* ada joined");
  });
});

/** The environment of a client without files of its own. */
function createEnv(): Readonly<Record<string, string>> {
  const { HOME: _home, ...env } = createHome().env;
  return env;
}
