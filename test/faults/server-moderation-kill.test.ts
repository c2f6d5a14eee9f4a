import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Client, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import type { Event } from "../../gen/parlance/v1/event_pb.js";
import { ModerationService } from "../../gen/parlance/v1/moderation_service_pb.js";
import { joinRoom, type Person } from "../support/people.js";
import { restartable } from "./server-support.js";
import { testFolder } from "./store-support.js";

type Acts = Client<typeof ModerationService>;

const hour = { seconds: 3_600n, nanos: 0 };
const everything = { pageSize: 500, pageToken: "" };

/** One action of the operator, marked by `reason`, on a member that has just sent messages with it. */
interface Action {
  act(acts: Acts, nickname: string, reason: string): Promise<unknown>;
  /** Whether it has had its effect; undefined: the event is the effect. */
  holds?(acts: Acts, reason: string): Promise<boolean>;
  /** Whether the member's messages are gone with it. */
  readonly erases?: true;
}

const actions: readonly Action[] = [
  {
    act: (acts, nickname, reason) =>
      acts.ban({
        target: { case: "nickname", value: nickname },
        reason,
        spareAddress: true,
        eraseSince: hour,
      }),
    holds: async (acts, reason) =>
      (await acts.listBans(everything)).bans.some((ban) => ban.reason === reason),
    erases: true,
  },
  {
    act: (acts, nickname, reason) =>
      acts.erase({ target: { case: "nickname", value: nickname }, since: hour, reason }),
    erases: true,
  },
  {
    act: (acts, nickname, reason) =>
      acts.kick({ target: { case: "nickname", value: nickname }, reason, eraseSince: hour }),
    erases: true,
  },
  {
    act: (acts, nickname, reason) =>
      acts.mute({ target: { case: "nickname", value: nickname }, duration: hour, reason }),
  },
];

/** When each action is cut off: within a few milliseconds it is done; in the last life it is awaited. */
const killsAfterMs = [0, 1, 3, 6, 12, 24, Number.POSITIVE_INFINITY];
const kills = killsAfterMs.length * actions.length;

test(`${kills} actions of an operator, each cut off by kill -9: whole or not at all, and once`, async () => {
  const folder = testFolder();
  const path = join(folder, "room.db");
  // Long enough that ada's session outlives the kills.
  const server = await restartable(path, "--grace", "10m", "--idle", "10m");
  const baseUrl = server.url;
  const transport = createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions: { agent: false } });
  const acts = createClient(
    ModerationService,
    createConnectTransport({
      baseUrl: "http://operator",
      httpVersion: "1.1",
      nodeOptions: { socketPath: `${path}.admin`, agent: false },
    }),
  );
  let running = await server.start();
  const ada = await joinRoom(transport, "ada");
  await ada.chat.registerNickname({}, ada.options);
  await acts.updateNickname({ nickname: "ada", role: 2 });

  const done: boolean[] = [];
  const textOf = (kill: number) => `words of kill ${kill}.`;
  const reasonOf = (kill: number) => `for kill ${kill}.`;
  for (let kill = 0; kill < kills; kill++) {
    const action = actions[kill % actions.length]!;
    const mallory = await joinRoom(transport, `mallory${kill}`);
    for (let n = 0; n < 3; n++) await mallory.say(textOf(kill));
    const acting = action.act(acts, mallory.nickname, reasonOf(kill)).then(
      () => true,
      () => false,
    );
    const afterMs = killsAfterMs[Math.floor(kill / actions.length)]!;
    await (Number.isFinite(afterMs) ? delay(afterMs) : acting);
    await running.stop("SIGKILL");
    done.push(await acting);
    running = await server.start();
  }

  const events = await allEvents(ada);
  for (let kill = 0; kill < kills; kill++) {
    const { holds, erases } = actions[kill % actions.length]!;
    const moderated = events.filter(
      ({ kind }) => kind.case === "moderated" && kind.value.reason === reasonOf(kill),
    );
    const left = events.filter(
      ({ kind }) => kind.case === "groupMessage" && kind.value.text === textOf(kill),
    );
    const begun = moderated.length > 0;
    const found = {
      kill,
      events: moderated.length,
      left: left.length,
      holds: await holds?.(acts, reasonOf(kill)),
    };
    expect(found).toEqual({
      kill,
      events: begun || done[kill] ? 1 : 0,
      left: erases && begun ? 0 : 3,
      holds: holds && begun,
    });
  }
  expect(done.slice(-actions.length)).not.toContain(false);
  expect(done).toContain(false);
  expect(await running.stop("SIGTERM")).toBe(0);
  const bytes = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"));
  for (let kill = 0; kill < kills; kill++) {
    const isErased = events.every(
      ({ kind }) => kind.case !== "groupMessage" || kind.value.text !== textOf(kill),
    );
    expect(bytes.some((file) => file.includes(textOf(kill)))).toBe(!isErased);
  }
}, 120_000);

/** Everything that ada may see, the oldest first. */
async function allEvents({ chat, options }: Person): Promise<Event[]> {
  const events: Event[] = [];
  for (let before = ""; ; ) {
    const page = await chat.listEvents({ before, pageSize: 500 }, options);
    events.unshift(...page.events);
    if (page.atStart) return events;
    before = page.previousCursor;
  }
}
