/** A process that is killed between any two steps of an action: the next start carries it out, or nothing was begun. */
import { expect, test } from "vitest";
import { ModerationAction } from "../../../gen/parlance/v1/event_pb.js";
import { operator } from "./acting/target.js";
import { openTestRoom, type TestRoom } from "./test-room.js";

const target = { userId: "", nickname: "mallory", reason: "flood" };
const page = { pageSize: 0, pageToken: "" };

interface Case {
  readonly act: (opened: TestRoom) => Promise<unknown>;
  /** Whether the action has taken effect. */
  readonly isDone: (opened: TestRoom) => Promise<boolean>;
}

async function texts({ store }: TestRoom): Promise<number> {
  const { entries } = await store.log.read(null, 1_000);
  return entries.filter(({ data }) => new TextDecoder().decode(data).includes("spam, spam")).length;
}

const isIn = async ({ room }: TestRoom) => room.counts().members === 2;
const bans = async ({ room }: TestRoom) => (await room.moderation.listBans(operator, page)).items.length;
const invites = async ({ room }: TestRoom) =>
  (await room.moderation.listInvites(operator, page)).items.length;
const kick = (opened: TestRoom, eraseSinceMs: number) =>
  opened.room.moderation.kick(operator, { ...target, eraseSinceMs });

const cases: Record<string, Case> = {
  KICK: {
    act: (opened) => kick(opened, 60_000),
    isDone: async (opened) => !(await isIn(opened)) && (await texts(opened)) === 0,
  },
  BAN: {
    act: ({ room }) =>
      room.moderation.ban(operator, {
        ...target,
        eraseSinceMs: 60_000,
        network: "",
        spareAddress: false,
        allowWide: false,
      }),
    isDone: async (opened) =>
      !(await isIn(opened)) && (await bans(opened)) === 1 && (await texts(opened)) === 0,
  },
  MUTE: {
    act: ({ room }) => room.moderation.mute(operator, { ...target, durationMs: 3_600_000 }),
    isDone: async ({ room }) => {
      return room.order.muteOf(malloryIn(room)) !== undefined;
    },
  },
  ERASE: {
    act: ({ room }) => room.moderation.erase(operator, { ...target, sinceMs: 60_000 }),
    isDone: async (opened) => (await texts(opened)) === 0,
  },
  ANNOUNCE: {
    act: ({ room }) => room.moderation.announce(operator, undefined, { text: "supper", requestId: "" }),
    isDone: async ({ store }) => {
      const { entries } = await store.log.read(null, 1_000);
      return entries.some(({ data }) => new TextDecoder().decode(data).includes("supper"));
    },
  },
  CREATE_INVITE: {
    act: ({ room }) => room.moderation.createInvite(operator, { uses: 1, nickname: "", note: "" }),
    isDone: async (opened) => (await invites(opened)) === 1,
  },
  UPDATE_ROOM: {
    act: ({ room }) => room.moderation.updateRoom(operator, { title: "Quiet", slowModeMs: 5_000 }),
    isDone: async ({ room }) => room.state.title === "Quiet" && room.state.slowModeMs === 5_000,
  },
};

function malloryIn(room: TestRoom["room"]): string {
  const found = [...room.members()].find(({ name }) => name.key === "mallory");
  return found?.id ?? "";
}

async function openFlood(): Promise<TestRoom> {
  const opened = await openTestRoom();
  await opened.join("ada", undefined, "192.0.2.1");
  const mallory = await opened.join("mallory");
  for (let i = 0; i < 3; i++) await opened.room.broadcast(mallory.member, "spam, spam", "");
  return opened;
}

const moderatorView = { id: "", isModerator: true, ignoringAt: () => false };

test.each(Object.entries(cases))("%s", async (action, { act, isDone }) => {
  const whole = await openFlood();
  whole.killAt(Number.POSITIVE_INFINITY);
  await act(whole);
  const writes = whole.writes();
  expect(writes).toBeGreaterThan(2);
  expect(await isDone(whole)).toBe(true);
  for (let at = 1; at <= writes; at++) {
    const opened = await openFlood();
    opened.killAt(at);
    const outcome = await act(opened).then(
      () => "done",
      () => "failed",
    );
    // Longer than idempotency keys are kept unless it is said otherwise.
    opened.clock.advance(600_000);
    const again = await opened.restart();
    const kinds = await again.events(moderatorView);
    const moderated = kinds.flatMap((kind) =>
      kind.case === "moderated" ? [ModerationAction[kind.value.action]] : [],
    );
    const begun = moderated.length > 0;
    expect(moderated, `killed at write ${at}`).toEqual(begun ? [action] : []);
    expect(await isDone(again), `killed at write ${at}`).toBe(begun);
    expect(await again.store.values.list("action:", "", 10)).toEqual([]);
    // Only the deletion of what is left of an action may fail unnoticed.
    if (outcome === "done") expect(begun).toBe(true);
    await again.room.close();
  }
});

test.each(Object.entries(cases))(
  "%s, while the store fails and recovers",
  async (action, { act, isDone }) => {
    const whole = await openFlood();
    whole.killAt(Number.POSITIVE_INFINITY);
    await act(whole);
    for (let at = 2; at <= whole.writes(); at++) {
      const opened = await openFlood();
      opened.killAt(at);
      await act(opened).catch(() => undefined);
      opened.killAt(Number.POSITIVE_INFINITY);
      opened.clock.advance(1_000);
      await expect.poll(() => opened.store.values.list("action:", "", 10)).toEqual([]);
      const kinds = await opened.events(moderatorView);
      const moderated = kinds.flatMap((kind) =>
        kind.case === "moderated" ? [ModerationAction[kind.value.action]] : [],
      );
      // An announcement that is not in the log has not begun.
      const begun = await isDone(opened);
      expect(moderated, `failed at write ${at}`).toEqual(begun ? [action] : []);
      expect(begun || action === "ANNOUNCE", `failed at write ${at}`).toBe(true);
    }
  },
);
