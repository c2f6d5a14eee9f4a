import { expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../../test/support/manual-clock.js";
import { cheapSecrets } from "../../test/support/secrets.js";
import { createMemoryStore } from "../engines/memory.js";
import { testIds } from "../engines/test-ids.js";
import { decodeDetails, decodeUser } from "../wire/codec/event.js";
import { readRecord } from "./log/record.js";
import type { Member } from "./members/member.js";
import { type Fence, type Store, Unavailable } from "./ports.js";
import { openRoom, type Room } from "./room.js";
import { defaultRoomSettings } from "./settings.js";

const secret = "0123456789abcdef0123";
const { graceMs, idleMs } = defaultRoomSettings;

type Fault = "response lost" | "not appended";

/** A room whose store fails the append that the test names, and may apply it all the same. */
async function openFaultyRoom() {
  const clock = createManualClock();
  const memory = createMemoryStore({ clock, ids: testIds });
  await memory.open();
  let releaseFails = false;
  let putFails = false;
  let fail: { then: Fence["then"]; fault: Fault } | undefined;
  const store: Store = {
    ...memory,
    values: {
      ...memory.values,
      async put(key, value, options) {
        if (putFails && key.startsWith("session:")) {
          putFails = false;
          throw new Unavailable("unknown");
        }
        return memory.values.put(key, value, options);
      },
    },
    names: {
      ...memory.names,
      async release(name, token) {
        if (releaseFails) {
          releaseFails = false;
          throw new Unavailable("not-applied");
        }
        return memory.names.release(name, token);
      },
    },
    log: {
      ...memory.log,
      async append(data, options) {
        const fault = fail && fail.then === options?.fence?.then ? fail.fault : undefined;
        if (fault) fail = undefined;
        if (fault !== "not appended") {
          const appended = await memory.log.append(data, options);
          if (!fault) return appended;
        }
        throw new Unavailable("unknown");
      },
    },
  };
  const events: string[] = [];
  const room = await openRoom({
    ...cheapSecrets(),
    recentEntries: 0,
    store,
    clock,
    ids: testIds,
    observe: () => undefined,
    decodeUser,
    decodeDetails,
    settings: { ...defaultRoomSettings, messagesPerSecond: 0 },
    encode: () => new Uint8Array(),
    deliver({ data }, _epoch, online) {
      events.push(`${readRecord(data).kind} ${online}`);
    },
    lost: () => undefined,
  });
  onTestFinished(() => room.close());
  return {
    room,
    clock,
    events,
    claims: memory.names.claims,
    failNext(then: Fence["then"], fault: Fault) {
      fail = { then, fault };
    },
    failPut() {
      putFails = true;
    },
    failRelease() {
      releaseFails = true;
    },
    async settled() {
      for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** Logs in, opens a feed and closes it. */
async function join(room: Room, nickname: string): Promise<Member> {
  const { member } = await room.login({ nickname });
  (await room.subscribe(member)).close();
  return member;
}

const unavailable = { reason: "STORE_UNAVAILABLE" };

test.each<Fault>(["response lost", "not appended"])(
  "an announcement with unknown outcome (%s) is refused, and the retry announces once",
  async (fault) => {
    const { room, events, failNext } = await openFaultyRoom();
    const { member } = await room.login({ nickname: "ada", requestId: secret });
    failNext("announce", fault);
    await expect(room.broadcast(member, "here I am", "")).rejects.toMatchObject(unavailable);
    await room.broadcast(member, "here I am", "");
    expect((await room.login({ nickname: "ada", requestId: secret })).member).toBe(member);
    await room.subscribe((await room.login({ nickname: "bob" })).member);
    expect(events).toEqual(["joined 1", "group_message 1", "joined 2"]);
  },
);

test.each<Fault>(["response lost", "not appended"])(
  "an announcement with unknown outcome (%s) that is not repeated leaves no ghost",
  async (fault) => {
    const { room, clock, events, claims, settled, failNext } = await openFaultyRoom();
    const { member } = await room.login({ nickname: "ada" });
    failNext("announce", fault);
    await expect(room.subscribe(member)).rejects.toMatchObject(unavailable);
    await expect(room.login({ nickname: "ada" })).rejects.toMatchObject({ reason: "NICKNAME_TAKEN" });
    clock.advance(idleMs + 1);
    await settled();
    expect(events).toEqual(["joined 1", "left 0"]);
    expect(await claims()).toEqual([]);
    await room.login({ nickname: "ada" });
  },
);

test.each<Fault>(["response lost", "not appended"])(
  "a leaving with unknown outcome (%s) is announced once, and the counts stay right",
  async (fault) => {
    const { room, clock, events, claims, settled, failNext } = await openFaultyRoom();
    await join(room, "ada");
    failNext("release", fault);
    clock.advance(graceMs);
    await settled();
    for (let i = 0; i < 3; i++) {
      clock.advance(1_000);
      await settled();
    }
    expect(events).toEqual(["joined 1", "left 0"]);
    expect(await claims()).toEqual([]);
    await join(room, "bob");
    expect(events.at(-1)).toBe("joined 1");
  },
);

test.each<[Fault, string, Fence["then"]]>([
  ["response lost", "report", undefined],
  ["not appended", "report", undefined],
  ["response lost", "leaving", "release"],
  ["not appended", "leaving", "release"],
])("undelivered messages are reported once, before the leaving (%s, of the %s)", async (fault, _, then) => {
  const { room, clock, events, settled, failNext } = await openFaultyRoom();
  const { member: ada } = await room.login({ nickname: "ada" });
  const ticket = await room.subscribe(ada);
  await join(room, "bob");
  await room.sendTo(ada, { recipient: "bob", recipientId: "", text: "psst", requestId: "" });
  failNext(then, fault);
  clock.advance(idleMs);
  await settled();
  for (let i = 0; i < 3; i++) {
    clock.advance(1_000);
    await settled();
  }
  expect(events.filter((event) => event.startsWith("undelivered"))).toHaveLength(1);
  expect(events.slice(-2)).toEqual(["undelivered 2", "left 1"]);
  ticket.close();
});

test("a Login whose token cannot be written leaves the nickname free", async () => {
  const { room, events, claims, failPut } = await openFaultyRoom();
  for (const requestId of ["", secret]) {
    failPut();
    await expect(room.login({ nickname: "ada", requestId: requestId })).rejects.toMatchObject(unavailable);
    expect([await claims(), room.counts()]).toEqual([[], { members: 0, silent: 0 }]);
  }
  const { member, token } = await room.login({ nickname: "ada", requestId: secret });
  expect(await room.authenticate(token)).toBe(member);
  expect(events).toEqual([]);
});

test("a message sent during a silent Logout is refused, and nothing is announced", async () => {
  const { room, events, claims } = await openFaultyRoom();
  const { member } = await room.login({ nickname: "ada" });
  const leaving = room.logout(member);
  await expect(room.broadcast(member, "too late", "")).rejects.toMatchObject({ reason: "NOT_LOGGED_IN" });
  await leaving;
  await expect(room.subscribe(member)).rejects.toMatchObject({ reason: "NOT_LOGGED_IN" });
  expect(events).toEqual([]);
  expect(await claims()).toEqual([]);
});

test("a Logout during the announcement waits for it, and both are in the log", async () => {
  const { room, events, claims } = await openFaultyRoom();
  const { member } = await room.login({ nickname: "ada" });
  const calls = [room.subscribe(member), room.subscribe(member), room.logout(member)];
  await Promise.allSettled(calls);
  expect(events).toEqual(["joined 1", "left 0"]);
  expect(await claims()).toEqual([]);
});

test("a silent Logout that the store refuses can be repeated, and the member is as silent as before", async () => {
  const { room, events, claims, failRelease } = await openFaultyRoom();
  const { member, token } = await room.login({ nickname: "ada" });
  failRelease();
  await expect(room.logout(member)).rejects.toMatchObject(unavailable);
  expect(await room.authenticate(token)).toBe(member);
  expect(room.counts()).toEqual({ members: 0, silent: 1 });
  await room.logout(member);
  expect(room.counts()).toEqual({ members: 0, silent: 0 });
  expect([events, await claims()]).toEqual([[], []]);
});

test("a message sent during a Logout precedes it or is refused, and claims no name again", async () => {
  const { room, events, claims } = await openFaultyRoom();
  const member = await join(room, "ada");
  const leaving = room.logout(member);
  await expect(room.broadcast(member, "too late", "")).rejects.toMatchObject({ reason: "NOT_LOGGED_IN" });
  await leaving;
  expect(events).toEqual(["joined 1", "left 0"]);
  expect(await claims()).toEqual([]);
});
