import { describe, expect, it } from "vitest";
import { FeedEnded } from "../../server/feed/signals.js";
import { createSmallRoom, park, settle } from "./small-room.js";

describe("a slow consumer", () => {
  it("queues nothing, does not delay others, and catches up when it reads again", async () => {
    const room = await createSmallRoom({ ringEvents: 64 });
    const [slow, quick] = await Promise.all([park(room, "slow"), park(room, "quick")]);
    await settle();
    slow.peer.stop();
    const texts = Array.from({ length: 50 }, (_, i) => `${i}`);
    for (const text of texts) {
      await room.say("ann", text);
      await settle(1);
    }
    expect(quick.summary().slice(1)).toEqual(texts);
    expect(slow.writes).toHaveLength(2);
    room.clock.advance(5_000);
    slow.peer.goOn();
    await settle();
    expect(slow.summary().slice(1)).toEqual(texts);
  });

  it("is ended half a second after the ring has overtaken it, and resumes without loss", async () => {
    const room = await createSmallRoom({ ringEvents: 16 });
    const slow = await park(room, "slow");
    await settle();
    slow.peer.stop();
    for (let i = 0; i < 40; i++) await room.say("ann", `${i}`);
    await settle();
    room.clock.advance(400);
    expect(slow.peer.ended()).toBe(false);
    room.clock.advance(350);
    expect(await slow.over).toEqual(new FeedEnded("TOO_SLOW"));
    expect(slow.summary().at(-1)).toBe("goodbye TOO_SLOW");
    expect(slow.peer.wasCut).toBe(false);
    room.clock.advance(2_000);
    expect(slow.peer.wasCut).toBe(true);
    const back = await park(room, "slow", { after: slow.place() });
    await settle();
    const received = [...slow.summary(), ...back.summary()].filter((line) => /^\d+$/.test(line));
    expect(received).toEqual(Array.from({ length: 40 }, (_, i) => `${i}`));
  });

  it("is ended after 30 s without a drain, wherever its cursor is", async () => {
    const room = await createSmallRoom();
    const slow = await park(room, "slow");
    await settle();
    slow.peer.stop();
    await room.say("ann", "hello?");
    await settle();
    room.clock.advance(29_500);
    expect(slow.lines().at(-1)).toMatch(/hello/);
    room.clock.advance(1_000);
    expect(await slow.over).toEqual(new FeedEnded("TOO_SLOW"));
  });

  it("receives no heartbeat that would advance it past unseen events", async () => {
    const room = await createSmallRoom({ heartbeatMs: 1_000 });
    const slow = await park(room, "slow");
    await settle();
    slow.peer.stop();
    await room.say("ann", "one");
    await settle();
    await room.say("ann", "two");
    await settle();
    room.clock.advance(5_000);
    expect(slow.summary()).toEqual(["caught_up 0", "one"]);
  });

  it("receives a gap when trimming has overtaken it", async () => {
    const room = await createSmallRoom({
      ringEvents: 4,
      slowConsumers: { overtakenMs: 60_000, stallMs: 60_000 },
    });
    const slow = await park(room, "slow");
    await settle();
    slow.peer.stop();
    for (let i = 0; i < 20; i++) {
      await room.say("ann", `${i}`);
      await settle(1);
    }
    room.store.trim(2);
    slow.peer.goOn();
    await settle();
    expect(slow.summary()).toEqual(["caught_up 0", "0", "gap TRIMMED", "18", "19"]);
  });
});
