import { describe, expect, it } from "vitest";
import { createSmallRoom, createTextEncoding, park, settle } from "./small-room.js";

const BATCH_BYTES = 64 * 1024;

describe("a live reader", () => {
  it("loses nothing between opening its feed and attaching its sink", async () => {
    const room = await createSmallRoom();
    await room.say("ada", "before");
    const subscription = await room.open("bob");
    await room.say("ada", "between");
    await settle();
    await room.say("ada", "just now");
    const reader = await park(room, "bob", {}, undefined, subscription);
    await room.say("ada", "after");
    await settle();
    expect(reader.summary()).toEqual(["caught_up 0", "between", "just now", "after"]);
  });

  it("receives one write for all events of a turn", async () => {
    const room = await createSmallRoom();
    const reader = await park(room, "bob");
    await settle();
    reader.writes.length = 0;
    for (const text of ["one", "two", "three"]) await room.say("ada", text);
    await settle();
    expect(reader.summary()).toEqual(["one", "two", "three"]);
    expect(reader.writes).toHaveLength(1);
  });

  it("in a large room receives joins and leaves coalesced, and at once with the next message", async () => {
    const room = await createSmallRoom({ coalescing: { largeRoom: 2, delayMs: 50 } });
    await park(room, "bob");
    const reader = await park(room, "cat");
    await settle();
    reader.writes.length = 0;
    await room.join("dan");
    await settle();
    await room.leave("eve");
    await settle();
    expect(reader.writes).toHaveLength(0);
    room.clock.advance(50);
    expect(reader.summary()).toEqual(["joined", "left"]);
    expect(reader.writes).toHaveLength(1);
    await room.join("fay");
    await room.say("ada", "hello");
    await settle();
    expect(reader.summary()).toEqual(["joined", "left", "joined", "hello"]);
    expect(reader.writes).toHaveLength(2);
  });

  it("in a small room receives joins and leaves at once", async () => {
    const room = await createSmallRoom({ coalescing: { largeRoom: 2, delayMs: 50 } });
    const reader = await park(room, "bob");
    await settle();
    reader.writes.length = 0;
    await room.join("dan");
    await settle();
    expect(reader.summary()).toEqual(["joined"]);
  });

  it("is not written waiting notices sooner for what the flushes to it cost, but messages are", async () => {
    const room = await createSmallRoom({ coalescing: { largeRoom: 1, delayMs: 50 } });
    const { writes, summary, peer } = await park(room, "bob");
    await settle();
    const { write } = peer.sink;
    peer.sink.write = (bytes) => {
      setImmediate(() => room.clock.advance(30));
      return write(bytes);
    };
    await room.say("ada", "hello");
    await settle();
    await room.join("dan");
    await settle();
    room.clock.advance(269);
    expect(summary()).toEqual(["caught_up 0", "hello"]);
    room.clock.advance(1);
    expect(summary()).toEqual(["caught_up 0", "hello", "joined"]);
    await settle();
    await room.leave("dan");
    await room.say("ada", "bye");
    await settle();
    expect(summary()).toEqual(["caught_up 0", "hello", "joined", "left", "bye"]);
    expect(writes).toHaveLength(4);
  });

  it("shares frames with all readers of its encoding, made once", async () => {
    const room = await createSmallRoom();
    const one = createTextEncoding("one");
    const two = createTextEncoding("two");
    for (const id of ["ann", "ben", "cat", "dan"])
      await park(room, id, {}, id < "c" ? one.encoding : two.encoding);
    for (let i = 0; i < 5; i++) await room.say("ada", `message ${i}`);
    await settle();
    expect([one.made(), two.made()]).toEqual([5, 5]);
    const late = await park(room, "eve", { backlog: 5 }, one.encoding);
    await settle();
    expect(late.summary()).toHaveLength(6);
    expect(one.made()).toBe(5);
  });

  it("receives batches of at most 64 KiB, split between events", async () => {
    const room = await createSmallRoom();
    const reader = await park(room, "bob");
    await settle();
    reader.writes.length = 0;
    const texts = Array.from({ length: 60 }, (_, i) => `${i} ${"x".repeat(4_000)}`);
    for (const text of texts) await room.say("ada", text);
    await settle();
    expect(reader.summary()).toEqual(texts);
    expect(Math.max(...reader.writes.map((write) => write.length))).toBeLessThanOrEqual(BATCH_BYTES);
    expect(reader.writes.length).toBeLessThan(8);
  });

  it("receives a heartbeat after one interval of silence, with the cursor of the head", async () => {
    const room = await createSmallRoom({ heartbeatMs: 1_600 });
    const reader = await park(room, "bob");
    await room.sendTo("ada", "eve", "not for bob");
    await settle();
    room.clock.advance(1_400);
    expect(reader.summary()).toEqual(["caught_up 0"]);
    room.clock.advance(200);
    expect(reader.lines().at(-1)).toBe("heartbeat @epoch-0000:1");
    await room.say("ada", "something");
    await settle();
    room.clock.advance(1_400);
    expect(reader.summary()).toEqual(["caught_up 0", "heartbeat", "something"]);
  });
});

describe("a feed that begins while notices wait", () => {
  async function begun(backlog = 0) {
    const room = await createSmallRoom({ coalescing: { largeRoom: 1, delayMs: 50 } });
    const other = await park(room, "bob");
    await settle();
    await room.join("dan");
    await settle();
    const dan = await park(room, "dan", { backlog });
    return { room, other, dan };
  }

  it("has caught up at once, and joins the others with what comes after", async () => {
    const { room, other, dan } = await begun();
    expect(dan.lines()).toEqual(["caught_up 0 @epoch-0000:1 online 1"]);
    expect(other.summary()).toEqual(["caught_up 0"]);
    await room.join("eve");
    await settle();
    room.clock.advance(50);
    expect(dan.summary()).toEqual(["caught_up 0", "joined"]);
    expect(other.summary()).toEqual(["caught_up 0", "joined", "joined"]);
    await room.say("eve", "hello");
    await settle();
    expect(dan.summary()).toEqual(["caught_up 0", "joined", "hello"]);
    expect(other.summary()).toEqual(["caught_up 0", "joined", "joined", "hello"]);
  });

  it("replays them, and is not sent them again", async () => {
    const { room, dan } = await begun(10);
    expect(dan.summary()).toEqual(["joined", "caught_up 1"]);
    room.clock.advance(50);
    await room.say("bob", "hello");
    await settle();
    expect(dan.summary()).toEqual(["joined", "caught_up 1", "hello"]);
  });

  it("ends at its own position, and goes on there", async () => {
    const { room, dan } = await begun();
    dan.subscription.end("SHUTTING_DOWN");
    expect(dan.lines().at(-1)).toBe("goodbye SHUTTING_DOWN @epoch-0000:1");
    const back = await park(room, "dan", { after: dan.place() });
    room.clock.advance(50);
    await room.say("bob", "hello");
    await settle();
    expect(back.summary()).toEqual(["caught_up 0", "hello"]);
  });

  it("is written what its member is about to be reported not to have received", async () => {
    const { room, dan } = await begun();
    await room.sendTo("bob", "dan", "psst");
    dan.subscription.flush();
    expect(dan.summary()).toEqual(["caught_up 0", "psst"]);
    expect(room.unwritten("dan")).toEqual([]);
  });
});

describe("visibility", () => {
  it("sends notices to all, group messages to members that do not ignore them, private ones to sender and recipient", async () => {
    const room = await createSmallRoom();
    const [ann, ben, cat] = await Promise.all(["ann", "ben", "cat"].map((id) => park(room, id)));
    await room.toggle("cat");
    await settle();
    await room.join("dan");
    await room.say("dan", "hello all");
    await room.sendTo("ann", "cat", "psst");
    await room.leave("dan");
    await settle();
    expect(ann!.summary().slice(1)).toEqual(["joined", "hello all", "psst", "left"]);
    expect(ben!.summary().slice(1)).toEqual(["joined", "hello all", "left"]);
    expect(cat!.summary().slice(1)).toEqual(["ignore_changed", "joined", "psst", "left"]);
  });

  it("applies a toggle in the middle of a batch, at its position", async () => {
    const room = await createSmallRoom();
    const ann = await park(room, "ann");
    await settle();
    await room.say("ben", "visible");
    await room.toggle("ann");
    await room.say("ben", "missed");
    await room.toggle("ann");
    await room.say("ben", "visible again");
    await settle();
    await room.say("ben", "and now");
    await settle();
    const visible = ["visible", "ignore_changed", "ignore_changed", "visible again", "and now"];
    expect(ann.summary()).toEqual(["caught_up 0", ...visible]);
    const replay = await park(room, "ann", { backlog: 100 });
    await settle();
    expect(replay.summary()).toEqual([...visible, "caught_up 5"]);
  });

  it("sends a message to oneself once", async () => {
    const room = await createSmallRoom();
    const ann = await park(room, "ann");
    await room.sendTo("ann", "ann", "note to self");
    await settle();
    expect(ann.summary()).toEqual(["caught_up 0", "note to self"]);
  });

  it("does not visit the other readers for a private message", async () => {
    const room = await createSmallRoom();
    let looked = 0;
    const others = await Promise.all(Array.from({ length: 20 }, (_, i) => park(room, `other${i}`)));
    await settle();
    for (const { peer } of others) {
      const { write } = peer.sink;
      peer.sink.write = (bytes) => {
        looked++;
        return write(bytes);
      };
    }
    const ann = await park(room, "ann");
    for (let i = 0; i < 10; i++) await room.sendTo("bob", "ann", `psst ${i}`);
    await settle();
    expect(ann.summary()).toHaveLength(11);
    expect(looked).toBe(0);
  });
});

describe("a fresh start", () => {
  it("sends the requested number of latest visible events", async () => {
    const room = await createSmallRoom({ ringEvents: 8 });
    for (let i = 0; i < 700; i++) {
      if (i % 100 === 0) await room.sendTo("ann", "bob", `psst ${i}`);
      else await room.sendTo("x", "y", "nothing for ann");
    }
    await settle();
    const ann = await park(room, "ann", { backlog: 3 });
    await settle();
    expect(ann.summary()).toEqual(["psst 400", "psst 500", "psst 600", "caught_up 3"]);
    const cat = await park(room, "cat", { backlog: 3 });
    await settle();
    expect(cat.summary()).toEqual(["caught_up 0"]);
  });

  it("sends all that is kept when more was requested", async () => {
    const room = await createSmallRoom({ ringEvents: 8 });
    for (let i = 0; i < 400; i++) await room.say("ann", `${i}`);
    await settle();
    room.store.trim(300);
    const bob = await park(room, "bob", { backlog: 500 });
    await settle(60);
    expect(bob.summary()).toEqual([...Array.from({ length: 300 }, (_, i) => `${i + 100}`), "caught_up 300"]);
  });
});
