import { describe, expect, it } from "vitest";
import { createSmallRoom, park, settle } from "./small-room.js";

describe("a private message", () => {
  it("is unwritten until a live feed of its recipient has been written it", async () => {
    const room = await createSmallRoom();
    const ann = await park(room, "ann");
    await settle();
    const { seq } = await room.sendTo("ann", "bob", "psst");
    await settle();
    expect(ann.summary()).toContain("psst");
    expect(room.unwritten("bob")).toEqual([seq]);
    const bob = await park(room, "bob");
    await settle();
    const later = await room.sendTo("ann", "bob", "again");
    expect(room.unwritten("bob")).toEqual([seq, later.seq]);
    await settle();
    expect(bob.summary()).toEqual(["caught_up 0", "again"]);
    // A feed that began after it was not written it.
    expect(room.unwritten("bob")).toEqual([seq]);
  });

  it("is written by a replay", async () => {
    const room = await createSmallRoom({ ringEvents: 4 });
    const after = await room.say("ann", "start");
    for (let i = 0; i < 300; i++) await room.sendTo("ann", "bob", `${i}`);
    for (let i = 0; i < 10; i++) await room.say("ann", "more");
    await settle();
    expect(room.unwritten("bob")).toHaveLength(300);
    await park(room, "bob", { after });
    await settle(60);
    expect(room.unwritten("bob")).toEqual([]);
  });

  it("is written, for all that is known, to a reader that has resumed after it", async () => {
    const room = await createSmallRoom();
    await room.sendTo("ann", "bob", "one");
    const after = await room.say("ann", "two");
    const three = await room.sendTo("ann", "bob", "three");
    await settle();
    const opened = await room.open("bob", { after });
    expect(room.unwritten("bob")).toEqual([three.seq]);
    await park(room, "bob", {}, undefined, opened);
    await settle();
    expect(room.unwritten("bob")).toEqual([]);
  });

  it("is not written to a reader that takes nothing, until it does", async () => {
    const room = await createSmallRoom();
    const bob = await park(room, "bob");
    await settle();
    bob.peer.stop();
    await room.say("ann", "fills it");
    await settle();
    const { seq } = await room.sendTo("ann", "bob", "waits");
    await settle();
    expect(room.unwritten("bob")).toEqual([seq]);
    bob.peer.goOn();
    await settle();
    expect(bob.summary()).toContain("waits");
    expect(room.unwritten("bob")).toEqual([]);
  });

  it.each(["live", "catching up"])("is not written to a peer that is gone, %s", async (state) => {
    const room = await createSmallRoom();
    const after = await room.say("ann", "start");
    await settle();
    const bob = state === "live" ? await park(room, "bob") : undefined;
    await settle();
    bob?.peer.vanish();
    const { seq } = await room.sendTo("ann", "bob", "lost");
    await settle();
    if (!bob) {
      const opened = await room.open("bob", { after });
      await park(room, "bob", {}, undefined, opened, true);
      await settle();
    }
    expect(room.unwritten("bob")).toEqual([seq]);
  });
});
