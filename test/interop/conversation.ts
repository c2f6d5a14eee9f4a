import assert from "node:assert/strict";
import type { Event } from "../../gen/parlance/v1/event_pb.js";
import type { Bot } from "./bots.js";
import type { Member, Room } from "./room.js";
import type { ShellProcess } from "./shell-process.js";

/** The other members of the room. */
export interface Company {
  readonly room: Room;
  readonly ada: Member;
  /** Ignores group chat. */
  readonly ignoring: Member;
  /** Prints what a Python client receives, as lines of JSON; absent without Python. */
  readonly python: ShellProcess | undefined;
}

export interface Check {
  readonly title: string;
  readonly check: (bot: Bot, company: Company) => Promise<void>;
}

const RECEIVE_LIMIT_MS = 30_000;
const ONLINE_LIMIT_MS = 120_000;

const isMessage = (nickname: string, text: string) => (event: Event) =>
  event.kind.case === "groupMessage" &&
  event.kind.value.sender === nickname &&
  event.kind.value.text === text;

const isPrivate = (sender: string, recipient: string) => (event: Event) =>
  event.kind.case === "privateMessage" &&
  event.kind.value.sender === sender &&
  event.kind.value.recipient === recipient;

/** Before the server is restarted. */
export const before: readonly Check[] = [
  {
    title: "joins, as TypeScript receives",
    async check({ process, nickname }, { ada }) {
      await process.printed(`online as ${nickname}`, ONLINE_LIMIT_MS);
      await ada.receives(
        `${nickname} joining`,
        ({ kind }) => kind.case === "joined" && kind.value.user?.nickname === nickname,
      );
    },
  },
  {
    title: "replies to !ping in the room, as TypeScript and Python receive",
    async check({ nickname }, { ada, python }) {
      await ada.say("!ping");
      const { cursor } = await ada.receives("the pong", isMessage(nickname, `${ada.nickname}: pong`));
      await python?.printed(cursor, RECEIVE_LIMIT_MS);
    },
  },
  {
    title: "replies to a private !ping privately, and no one else receives it",
    async check({ nickname }, { ada, ignoring, python }) {
      await ada.sendTo(nickname, "!ping");
      const { cursor } = await ada.receives("the private pong", isPrivate(nickname, ada.nickname));
      const { cursor: later } = await ada.say(`after ${nickname}'s secret`);
      await python?.printed(later, RECEIVE_LIMIT_MS);
      assert.ok(!python?.output().includes(cursor), "Python received it");
      assert.ok(
        !ignoring.events().some((event) => event.cursor === cursor && event.kind.case === "privateMessage"),
      );
    },
  },
  {
    title: "reaches a member that ignores group messages only by private messages",
    async check({ nickname }, { ada, ignoring }) {
      await ada.say("!ping");
      await ignoring.sendTo(nickname, "!ping");
      await ignoring.receives("the private pong", isPrivate(nickname, ignoring.nickname));
      assert.ok(ignoring.events().every(({ kind }) => kind.case !== "groupMessage"));
    },
  },
  {
    title: "replies to a person, not to the next holder of the nickname",
    async check({ nickname, process }, { room }) {
      const [former, witness] = [await room.visit("guest"), await room.visit("witness")];
      process.pause();
      await former.sendTo(nickname, "!ping");
      await former.chat.logout({}, former.options);
      const heir = await room.visit("guest");
      const feeds = [heir.listen(), witness.listen()];
      for (const feed of feeds) await feed.next("caughtUp");
      await witness.sendTo(nickname, "!ping");
      process.resume();
      // A bot replies in the order of the events.
      const replied = async () => {
        for (;;) if (isPrivate(nickname, "witness")((await feeds[1]!.next("privateMessage")).event!)) return;
      };
      await replied();
      const received = feeds[0]!.events.filter(({ kind }) => kind.case === "privateMessage");
      for (const { chat, options } of [heir, witness]) await chat.logout({}, options);
      assert.deepEqual(received, []);
    },
  },
  {
    title: "reports a taken nickname by its reason and exits with 1",
    async check({ program, nickname }, { room }) {
      const second = program.start(room.host, nickname);
      assert.equal(await second.ended, 1, second.output());
      assert.match(second.output(), /NICKNAME_TAKEN/);
    },
  },
];

/** After a restart of the server, with a message sent before the bots were back. */
export const after: readonly Check[] = [
  {
    title: "is back in the room after a restart of the server",
    check: ({ process, nickname }) => process.printed(`back as ${nickname}`, ONLINE_LIMIT_MS),
  },
  {
    title: "replies to what it missed, once",
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
      await python?.printed(cursor, RECEIVE_LIMIT_MS);
    },
  },
  {
    title: "logs out on Ctrl-C",
    async check({ process, nickname }, { ada }) {
      await process.interrupt();
      await process.printed("left\n", RECEIVE_LIMIT_MS);
      await ada.receives(
        `${nickname} leaving`,
        ({ kind }) => kind.case === "left" && kind.value.user?.nickname === nickname,
      );
    },
  },
];
