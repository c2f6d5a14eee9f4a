import { describe, expect, it } from "vitest";
import { FeedEnded } from "../../server/feed/notes.js";
import { createSmallRoom, park, pull, settle } from "./small-room.js";

describe("a reader who asks for each item", () => {
  it("hears the same as one who is written to", async () => {
    const room = await createSmallRoom({ ringEvents: 16 });
    for (let i = 0; i < 60; i++) {
      if (i % 7 === 3) await room.toggle("ann");
      else if (i % 5 === 0) await room.whisper("bob", i % 2 ? "ann" : "cat", `psst ${i}`);
      else await room.say("bob", `${i}`);
      if (i % 4 === 0) await settle(1);
    }
    const start = { after: { epoch: "epoch-0000", seq: 5 } };
    const pulled = await pull(room, "ann", start);
    const parked = await park(room, "ann", start);
    for (let i = 0; i < 30; i++) {
      await (i % 3 ? room.say("bob", `more ${i}`) : room.toggle("ann"));
      if (i % 4 === 0) await settle(1);
    }
    await settle(60);
    expect(pulled.lines()).toEqual(parked.lines());
    expect(parked.story().length).toBeGreaterThan(40);
  });

  it("hears signs of life, and goodbye", async () => {
    const room = await createSmallRoom({ heartbeatMs: 1_600 });
    const ann = await pull(room, "ann");
    await settle();
    room.clock.advance(1_700);
    await settle();
    expect(ann.story()).toEqual(["caught_up 0", "heartbeat"]);
    room.feed.endAll("SHUTTING_DOWN");
    expect(await ann.over).toEqual(new FeedEnded("SHUTTING_DOWN"));
    expect(ann.story()).toEqual(["caught_up 0", "heartbeat", "goodbye SHUTTING_DOWN"]);
  });

  it("hears what happened while it took its time", async () => {
    const room = await createSmallRoom();
    const ann = await pull(room, "ann");
    ann.stop();
    await settle();
    expect(ann.story()).toEqual(["caught_up 0"]);
    await room.say("bob", "meanwhile");
    await settle();
    ann.goOn();
    await settle();
    expect(ann.story()).toEqual(["caught_up 0", "meanwhile"]);
  });

  it("is cut off when it takes no item for too long", async () => {
    const room = await createSmallRoom();
    const ann = await pull(room, "ann");
    await settle();
    ann.stop();
    await room.say("bob", "one");
    await settle();
    room.clock.advance(32_000);
    expect(ann.wasCut()).toBe(true);
    ann.goOn();
    expect(await ann.over).toEqual(new FeedEnded("TOO_SLOW"));
    expect(ann.story()).toEqual(["caught_up 0", "one", "goodbye TOO_SLOW"]);
  });
});
