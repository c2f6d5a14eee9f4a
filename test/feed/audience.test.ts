import { describe, expect, it } from "vitest";
import { createSmallRoom, park, settle } from "./small-room.js";

describe("an event for moderators", () => {
  it("reaches those who are moderators when it is sent, and the person concerned by its own event", async () => {
    const room = await createSmallRoom();
    room.moderators.add("mia").add("max");
    const mia = await park(room, "mia");
    const max = await park(room, "max");
    const bob = await park(room, "bob");
    const eve = await park(room, "eve");
    await settle();
    await room.moderate("moderators", "bob");
    await room.moderate("person", "bob");
    await room.say("ada", "hello");
    await settle();
    expect(mia.summary()).toEqual(["caught_up 0", "moderated for moderators", "hello"]);
    expect(max.summary()).toEqual(mia.summary());
    expect(bob.summary()).toEqual(["caught_up 0", "moderated for person", "hello"]);
    expect(eve.summary()).toEqual(["caught_up 0", "hello"]);
  });

  it("is one event for a moderator whom it concerns", async () => {
    const room = await createSmallRoom();
    room.moderators.add("mia").add("max");
    const max = await park(room, "max");
    await settle();
    await room.moderate("moderators", "max");
    await room.moderate("person", "max");
    await settle();
    expect(max.summary()).toEqual(["caught_up 0", "moderated for person"]);
  });

  it("that concerns no one is written to no other reader at all", async () => {
    const room = await createSmallRoom();
    room.moderators.add("mia");
    const mia = await park(room, "mia");
    const eve = await park(room, "eve");
    await settle();
    eve.writes.length = 0;
    await room.moderate("moderators");
    await settle();
    expect(mia.summary()).toEqual(["caught_up 0", "moderated for moderators"]);
    expect(eve.writes).toEqual([]);
  });

  it("follows the role, not the reader: live, and in a replay", async () => {
    const room = await createSmallRoom();
    const mia = await park(room, "mia");
    await settle();
    const before = mia.place();
    await room.moderate("moderators", "bob");
    await settle();
    expect(mia.summary()).toEqual(["caught_up 0"]);
    room.moderators.add("mia");
    await room.moderate("moderators", "bob");
    await settle();
    expect(mia.summary()).toEqual(["caught_up 0", "moderated for moderators"]);
    mia.leave();
    const again = await park(room, "mia", { after: before });
    await settle();
    expect(again.summary()).toEqual(["moderated for moderators", "moderated for moderators", "caught_up 2"]);
    again.leave();
    room.moderators.delete("mia");
    const former = await park(room, "mia", { after: before });
    await room.moderate("moderators", "bob");
    await settle();
    expect(former.summary()).toEqual(["caught_up 0"]);
  });
});

describe("an erasure", () => {
  it("of group messages reaches everyone, also members who ignore them", async () => {
    const room = await createSmallRoom();
    await room.toggle("bob");
    const bob = await park(room, "bob");
    const eve = await park(room, "eve");
    await settle();
    await room.redact("ada");
    await settle();
    for (const reader of [bob, eve]) expect(reader.summary()).toEqual(["caught_up 0", "redacted"]);
  });

  it("of private messages reaches sender and recipient alone", async () => {
    const room = await createSmallRoom();
    room.moderators.add("mia");
    const [ada, bob, mia] = [await park(room, "ada"), await park(room, "bob"), await park(room, "mia")];
    await settle();
    await room.redact("ada", ["ada", "bob"]);
    await settle();
    for (const reader of [ada, bob]) expect(reader.summary()).toEqual(["caught_up 0", "redacted"]);
    expect(mia.summary()).toEqual(["caught_up 0"]);
  });
});
