import { describe, expect, it } from "vitest";
import { FeedEnded } from "../../server/feed/signals.js";
import { createSmallRoom, park, settle } from "./small-room.js";

describe("the end of a feed", () => {
  it("is a goodbye, and nothing after it", async () => {
    const room = await createSmallRoom();
    const bob = await park(room, "bob");
    await settle();
    bob.subscription.end("LOGGED_OUT");
    await room.say("ann", "too late");
    await settle();
    expect(bob.summary()).toEqual(["caught_up 0", "goodbye LOGGED_OUT"]);
    expect(await bob.over).toEqual(new FeedEnded("LOGGED_OUT"));
  });

  it("reaches every reader on shutdown, and those that subscribe later", async () => {
    const room = await createSmallRoom();
    const readers = await Promise.all(["ann", "ben"].map((id) => park(room, id)));
    await settle();
    room.feed.endAll("SHUTTING_DOWN");
    const late = await park(room, "late");
    for (const reader of [...readers, late]) {
      expect(reader.summary().at(-1)).toBe("goodbye SHUTTING_DOWN");
      expect(await reader.over).toEqual(new FeedEnded("SHUTTING_DOWN"));
    }
    expect(room.feed.size).toBe(0);
  });

  it("sends nothing when the reader left", async () => {
    const room = await createSmallRoom();
    const bob = await park(room, "bob");
    await settle();
    bob.leave();
    await room.say("ann", "too late");
    await settle();
    expect(bob.summary()).toEqual(["caught_up 0"]);
    expect(await bob.over).toEqual(new Error("gone"));
    expect(room.feed.size).toBe(0);
  });
});
