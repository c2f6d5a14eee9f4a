/** Moderation from the terminal: the commands come with the role, and those concerned learn what happened to them. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { runServer } from "../support/process.js";
import { useBundle } from "./support/bundle.js";
import { createHome, type Home } from "./support/home.js";
import { createRunner } from "./support/pipe.js";
import { startScreen } from "./support/pty.js";
import { openRoom, type Room } from "./support/server.js";

/** Several programs start one after the other. */
const MANY_PROGRAMS_MS = 60_000;

const bundle = useBundle();
const { run } = createRunner(bundle);
const enter = (room: Room, nickname: string, ...more: string[]) =>
  startScreen(bundle, { args: ["-s", room.url, "-n", nickname, ...more], columns: 100 });

interface Moderated {
  readonly room: Room;
  /** Makes a registered nickname an owner. */
  own(nickname: string): Promise<void>;
}

/** A room whose operator's socket is in `home`. */
async function openModerated(home: Home): Promise<Moderated> {
  const socket = ["--admin-socket", join(home.path, "admin")];
  const room = await openRoom("--grace", "1s", ...socket);
  return {
    room,
    async own(nickname) {
      const { code, stderr } = await runServer([
        "moderate",
        "owner",
        nickname,
        "--store",
        "memory:",
        ...socket,
      ]);
      expect([code, stderr]).toEqual([0, ""]);
    },
  };
}

/** A screen whose reader has become an owner. */
async function enterAsOwner({ room, own }: Moderated, nickname: string) {
  const screen = enter(room, nickname);
  await screen.shows(`* ${nickname} joined`);
  screen.type("/kcik\r");
  await screen.shows("! No command /kcik; nothing was sent. /help lists them");
  screen.type("\x03/register\r");
  await screen.shows("It is stored in credentials.json");
  await own(nickname);
  await screen.shows("* you are an owner now");
  return screen;
}

test(
  "an owner removes, mutes and bans, and those concerned learn why",
  async () => {
    using home = createHome();
    const moderated = await openModerated(home);
    await using room = moderated.room;
    await using ada = await enterAsOwner(moderated, "ada");
    ada.type("/kcik\r");
    await ada.shows("Did you mean /kick?");

    await using mallory = enter(room, "mallory");
    await mallory.shows("* mallory joined");
    mallory.type("/kick ada\r");
    await mallory.shows("! Not allowed: ");
    ada.type("\x03/ki\tmal\t too loud\r");
    await ada.shows("* ada removed mallory from the room: too loud");
    await mallory.shows("* a moderator removed you from the room: too loud");
    expect(await mallory.exit).toBe(4);

    await using eve = enter(room, "eve");
    await eve.shows("* eve joined");
    ada.type("/mute eve 10m flooding\r");
    await eve.shows("* a moderator muted you (for 10 min): flooding");
    eve.type("hello\r");
    await eve.shows("! You are muted for 10 min more; not sent");
    eve.type("\x03@ada sorry\r");
    await ada.shows("[private] eve -> you: sorry");
    ada.type("/ban eve 1h spam\r");
    await ada.until("the ban", (all) => /\* ada banned eve \(for 1 h, id [a-z]{6}\): spam/.test(all));
    const [, id = ""] = /banned eve \(for 1 h, id ([a-z]{6})\)/.exec(ada.lines().join("\n")) ?? [];
    await eve.shows(`* a moderator banned you (for 1 h, id ${id}): spam`);
    expect(await eve.exit).toBe(4);

    const { code, stderr } = await run(["send", "-s", room.url, "-n", "eve", "hi"]);
    expect(code).toBe(4);
    expect(stderr).toContain("spam");
    expect(stderr).toContain(`To object, quote ${id} to a moderator`);
    ada.type("/bans\r");
    await ada.shows(`  ${id}  eve`);
    ada.type(`/unban ${id}\r`);
    await ada.shows("* ada lifted the ban of eve");
    expect((await run(["send", "-s", room.url, "-n", "eve", "hi"])).code).toBe(0);
    ada.type(`/unban ${id}\r`);
    await ada.shows(`! There is no ban "${id}"`);
    ada.type("\x03/ban 10.0.0.0/8\r");
    await ada.shows("! 10.0.0.0/8 is a wide network");
    ada.type("\r");
    await ada.shows("* ada banned a network (id ");
  },
  MANY_PROGRAMS_MS,
);

test(
  "an owner announces, erases what a guest left behind, and closes the door",
  async () => {
    using home = createHome();
    const moderated = await openModerated(home);
    await using room = moderated.room;
    await using ada = await enterAsOwner(moderated, "ada");
    ada.type("/announce lunch at noon\r");
    await ada.shows("* [announcement] lunch at noon");
    expect((await run(["send", "-s", room.url, "-n", "mallory", "buy this"])).code).toBe(0);
    await ada.shows("mallory: buy this");
    await ada.shows("* mallory left");
    ada.type("/erase mallory 10m\r");
    await ada.shows("* 1 message of mallory was erased");
    ada.type("/close 10m\r");
    await ada.shows("closed to guests for 10 min");
    const refused = await run(["send", "-s", room.url, "-n", "bob", "hi"]);
    expect([refused.code, refused.stderr]).toEqual([
      4,
      expect.stringContaining("! This room is closed to guests for 10 min more."),
    ]);
    ada.type("/invite 2 1d\r");
    await ada.until("the invite", (all) => /\* invite \S+ \(2 logins, for 1 d\)/.test(all));
    ada.type("/close 0\r");
    await ada.until("the open door", (all) => all.split("* the room now: open to everyone").length === 3);
    ada.type("/mute ada soon\r");
    await ada.shows("! Type it like this: /mute name 10m [reason]. Nothing was done");
  },
  MANY_PROGRAMS_MS,
);

test("--json calls what moderates, and gets the reason of a refusal", async () => {
  await using room = await openRoom("--grace", "1s");
  const { code, stdout } = await run(["--json", "-s", room.url, "-n", "robot"], {
    input: '{"getRoom":{}}\n{"kick":{"nickname":"ada"}}\n{"redact":{"ids":["nosuch"]}}\n',
  });
  const results = stdout.split("\n").filter((line) => line.startsWith('{"result"'));
  expect(results.map((line) => JSON.parse(line).result)).toMatchObject([
    { for: "getRoom", ok: true, response: { room: { entry: "ENTRY_OPEN" } } },
    { for: "kick", ok: false, reason: "NOT_ALLOWED" },
    { for: "redact", ok: false, reason: "MESSAGE_NOT_FOUND" },
  ]);
  expect(code).toBe(6);
});
