import { expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../../test/support/manual-clock.js";
import { createMemoryStore } from "../engines/memory.js";
import { testIds } from "../engines/test-ids.js";
import { readRecord } from "./log/record.js";
import { type Fence, type Store, Unavailable } from "./ports.js";
import { openRoom } from "./room.js";
import { defaultRoomSettings } from "./settings.js";

const secret = "0123456789abcdef0123";
const { idleMs } = defaultRoomSettings;

type Fault = "answer lost" | "not placed";

/** A room whose store fails an append when the test says so: which one, and whether it is placed nevertheless. */
async function openFaultyRoom() {
  const clock = createManualClock();
  const memory = createMemoryStore({ clock, ids: testIds });
  await memory.open();
  let fail: { then: Fence["then"]; fault: Fault } | undefined;
  const store: Store = {
    ...memory,
    log: {
      ...memory.log,
      async append(data, options) {
        const fault = fail && fail.then === options?.fence?.then ? fail.fault : undefined;
        if (fault) fail = undefined;
        if (fault !== "not placed") {
          const placed = await memory.log.append(data, options);
          if (!fault) return placed;
        }
        throw new Unavailable("unknown");
      },
    },
  };
  const told: string[] = [];
  const room = await openRoom({
    store,
    clock,
    ids: testIds,
    observe: () => undefined,
    settings: { ...defaultRoomSettings, messagesPerSecond: 0 },
    encode: (event) =>
      new TextEncoder().encode(event.kind === "joined" || event.kind === "left" ? `${event.online}` : ""),
    deliver({ data }) {
      const { kind, payload } = readRecord(data);
      told.push(`${kind} ${new TextDecoder().decode(payload)}`.trim());
    },
    lost: () => undefined,
  });
  onTestFinished(() => room.close());
  return {
    room,
    clock,
    told,
    claims: memory.names.claims,
    failNext(then: Fence["then"], fault: Fault) {
      fail = { then, fault };
    },
    async settled() {
      for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const unavailable = { reason: "STORE_UNAVAILABLE" };

test.each<Fault>(["answer lost", "not placed"])(
  "a Login whose outcome is unknown (%s) is settled, and its retry is let in as the same member",
  async (fault) => {
    const { room, clock, told, settled, failNext } = await openFaultyRoom();
    failNext("announce", fault);
    await expect(room.login("ada", secret)).rejects.toMatchObject(unavailable);
    clock.advance(1_000);
    await settled();
    const { member, token } = await room.login("ada", secret);
    expect(await room.authenticate(token)).toBe(member);
    await room.broadcast(member, "here I am", "");
    await room.login("bob", "");
    expect(told).toEqual(["joined 1", "message", "joined 2"]);
  },
);

test.each<Fault>(["answer lost", "not placed"])(
  "a Login whose outcome is unknown (%s) and that nobody repeats leaves no ghost",
  async (fault) => {
    const { room, clock, told, claims, settled, failNext } = await openFaultyRoom();
    failNext("announce", fault);
    await expect(room.login("ada", "")).rejects.toMatchObject(unavailable);
    clock.advance(1_000);
    await settled();
    await expect(room.login("ada", "")).rejects.toMatchObject({ reason: "NICKNAME_TAKEN" });
    clock.advance(idleMs + 1);
    await settled();
    expect(told).toEqual(["joined 1", "left 0"]);
    expect(await claims()).toEqual([]);
    await room.login("ada", "");
    expect(told.at(-1)).toBe("joined 1");
  },
);

test.each<Fault>(["answer lost", "not placed"])(
  "a leaving whose outcome is unknown (%s) is told once, and the numbers stay right",
  async (fault) => {
    const { room, clock, told, claims, settled, failNext } = await openFaultyRoom();
    await room.login("ada", "");
    failNext("release", fault);
    clock.advance(idleMs);
    await settled();
    for (let i = 0; i < 3; i++) {
      clock.advance(1_000);
      await settled();
    }
    expect(told).toEqual(["joined 1", "left 0"]);
    expect(await claims()).toEqual([]);
    await room.login("bob", "");
    expect(told.at(-1)).toBe("joined 1");
  },
);

test("a Logout and a message at the same time: the message is before it or refused, and no name is claimed anew", async () => {
  const { room, told, claims } = await openFaultyRoom();
  const { member } = await room.login("ada", "");
  const leaving = room.logout(member);
  await expect(room.broadcast(member, "too late", "")).rejects.toMatchObject({ reason: "NOT_LOGGED_IN" });
  await leaving;
  expect(told).toEqual(["joined 1", "left 0"]);
  expect(await claims()).toEqual([]);
});
