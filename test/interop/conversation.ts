import assert from "node:assert/strict";
import type { Event } from "../../gen/parlance/v1/event_pb.js";
import type { Bot } from "./bots.js";
import type { Member, Room } from "./room.js";
import type { ShellProcess } from "./shell-process.js";

/** Who is in the room beside the bots. */
export interface Company {
  readonly room: Room;
  readonly ada: Member;
  /** Ignores group chat. */
  readonly ignoring: Member;
  /** Hears what a Python client hears, as lines of JSON; absent without Python. */
  readonly python: ShellProcess | undefined;
}

export interface Check {
  readonly title: string;
  readonly check: (bot: Bot, company: Company) => Promise<void>;
}

const HEAR_LIMIT_MS = 30_000;
const ONLINE_LIMIT_MS = 120_000;

const says = (nickname: string, text: string) => (event: Event) =>
  event.kind.case === "message" && event.kind.value.sender === nickname && event.kind.value.text === text;

const isPrivate = (sender: string, recipient: string) => (event: Event) =>
  event.kind.case === "privateMessage" &&
  event.kind.value.sender === sender &&
  event.kind.value.recipient === recipient;

/** Before the server is restarted. */
export const before: readonly Check[] = [
  {
    title: "comes into the room, as TypeScript hears",
    async check({ process, nickname }, { ada }) {
      await process.printed(`online as ${nickname}`, ONLINE_LIMIT_MS);
      await ada.receives(
        `${nickname} joining`,
        ({ kind }) => kind.case === "joined" && kind.value.user?.nickname === nickname,
      );
    },
  },
  {
    title: "answers !ping in the room, as TypeScript and Python hear",
    async check({ nickname }, { ada, python }) {
      await ada.say("!ping");
      const { cursor } = await ada.receives("the pong", says(nickname, `${ada.nickname}: pong`));
      await python?.printed(cursor, HEAR_LIMIT_MS);
    },
  },
  {
    title: "answers a private !ping privately, as nobody else hears",
    async check({ nickname }, { ada, ignoring, python }) {
      await ada.sendTo(nickname, "!ping");
      const { cursor } = await ada.receives("the private pong", isPrivate(nickname, ada.nickname));
      const { cursor: later } = await ada.say(`after ${nickname}'s secret`);
      await python?.printed(later, HEAR_LIMIT_MS);
      assert.ok(!python?.output().includes(cursor), "Python heard it");
      assert.ok(
        !ignoring.events().some((event) => event.cursor === cursor && event.kind.case === "privateMessage"),
      );
    },
  },
  {
    title: "is not heard by who ignores group chat, but for private messages",
    async check({ nickname }, { ada, ignoring }) {
      await ada.say("!ping");
      await ignoring.sendTo(nickname, "!ping");
      await ignoring.receives("the private pong", isPrivate(nickname, ignoring.nickname));
      assert.ok(ignoring.events().every(({ kind }) => kind.case !== "message"));
    },
  },
  {
    title: "tells a taken nickname by its reason and exits with 1",
    async check({ program, nickname }, { room }) {
      const second = program.start(room.host, nickname);
      assert.equal(await second.ended, 1, second.output());
      assert.match(second.output(), /NICKNAME_TAKEN/);
    },
  },
];

/** After the server was restarted, with `missed` said before the bots were back. */
export const after: readonly Check[] = [
  {
    title: "is back in the room after the server was restarted",
    check: ({ process, nickname }) => process.printed(`back as ${nickname}`, ONLINE_LIMIT_MS),
  },
  {
    title: "answers what it missed, once",
    async check({ nickname }, { ada, ignoring, python }) {
      const pongs = () => ignoring.events().filter(isPrivate(nickname, ignoring.nickname)).length;
      await ignoring.receives("the missed pong", () => pongs() === 2);
      await ada.sendTo(nickname, "!ping");
      await ada.receives(
        "another pong",
        () => ada.events().filter(isPrivate(nickname, ada.nickname)).length === 2,
      );
      assert.equal(pongs(), 2);
      const { cursor } = await ada.say("all back?");
      await python?.printed(cursor, HEAR_LIMIT_MS);
    },
  },
  {
    title: "leaves at Ctrl-C",
    async check({ process, nickname }, { ada }) {
      await process.interrupt();
      await process.printed("left\n", HEAR_LIMIT_MS);
      await ada.receives(
        `${nickname} leaving`,
        ({ kind }) => kind.case === "left" && kind.value.user?.nickname === nickname,
      );
    },
  },
];
