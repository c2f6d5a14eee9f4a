import { describe, expect, it } from "vitest";
import { createSmallRoom, park, settle } from "./small-room.js";

const turn = () => settle(1);

/** A room in which each turn writes to one reader, with one reader for each name, live and in this order. */
async function roomOf<const Ids extends readonly string[]>(...ids: Ids) {
  const room = await createSmallRoom({ sliceMs: 0, heartbeatMs: 1_600 });
  const readers = [];
  for (const id of ids) readers.push(await park(room, id));
  await settle();
  return { room, readers: readers as { [K in keyof Ids]: (typeof readers)[number] } };
}

describe("a flush in slices", () => {
  it("lets the event loop go on after each, and serves everyone", async () => {
    const { room, readers } = await roomOf("ann", "bob", "cat");
    await room.say("ada", "hello");
    const served: number[] = [];
    for (let i = 0; i < 4; i++) {
      await turn();
      served.push(readers.filter(({ summary }) => summary().includes("hello")).length);
    }
    expect(served).toEqual([1, 2, 3, 3]);
  });

  it("lets it go on after 256 readers, too, as HTTP/2 sends what they are written afterwards", async () => {
    const room = await createSmallRoom();
    const readers = [];
    for (let i = 0; i < 300; i++) readers.push(await park(room, `reader-${i}`));
    await settle();
    await room.say("ada", "hello");
    const served: number[] = [];
    for (let i = 0; i < 3; i++) {
      await turn();
      served.push(readers.filter(({ summary }) => summary().includes("hello")).length);
    }
    expect(served).toEqual([256, 300, 300]);
  });

  it("sends what comes meanwhile after it, in one write", async () => {
    const { room, readers } = await roomOf("ann", "bob", "cat");
    await room.say("ada", "one");
    await turn();
    await room.say("ada", "two");
    await room.sendTo("ada", "cat", "psst");
    await turn();
    await room.say("ada", "three");
    await settle();
    const texts = ["one", "two", "three"];
    expect(readers.map(({ summary }) => summary().slice(1))).toEqual([
      texts,
      texts,
      ["one", "two", "psst", "three"],
    ]);
    expect(readers.map(({ writes }) => writes.length)).toEqual([3, 3, 3]);
  });

  it("serves those first whom an event names", async () => {
    const { room, readers } = await roomOf("ann", "bob", "cat");
    await room.say("ada", "hello");
    await room.sendTo("ada", "cat", "psst");
    await turn();
    expect(readers.map(({ summary }) => summary().length)).toEqual([1, 1, 3]);
    await settle();
    expect(readers.map(({ summary }) => summary().length)).toEqual([2, 2, 3]);
  });

  it("leaves a reader that it has not come to where it is", async () => {
    const { room, readers } = await roomOf("ann", "bob", "cat");
    await room.say("ada", "hello");
    await turn();
    const [ann, bob, cat] = readers;
    for (const { subscription } of [ann, bob]) subscription.end("SHUTTING_DOWN");
    expect(ann.lines().at(-1)).toBe("goodbye SHUTTING_DOWN @epoch-0000:1");
    expect(bob.lines().at(-1)).toBe("goodbye SHUTTING_DOWN @epoch-0000:0");
    expect(room.feed.stats().lag).toBe(1);
    const back = await park(room, "bob", { after: bob.place() });
    await settle();
    expect(back.summary()).toEqual(["hello", "caught_up 1"]);
    expect(bob.summary()).toEqual(["caught_up 0", "goodbye SHUTTING_DOWN"]);
    expect(cat.summary()).toEqual(["caught_up 0", "hello"]);
  });

  it.each(["cat", "ada"])(
    "goes on after the batch at which a reader became full, if it names %s",
    async (id) => {
      const { room, readers } = await roomOf("ann", id);
      const texts = Array.from({ length: 40 }, (_, i) => `${i} ${"x".repeat(4_000)}`);
      const reader = readers[1];
      reader.peer.stop();
      for (const text of texts) await room.say("bob", text);
      await room.sendTo("ada", "bob", "psst");
      await settle();
      expect(reader.writes).toHaveLength(2);
      reader.peer.goOn();
      await settle();
      expect(reader.summary().slice(1)).toEqual(id === "ada" ? [...texts, "psst"] : texts);
    },
  );

  it("does not come to a reader that began behind it", async () => {
    const { room, readers } = await roomOf("ann", "bob");
    await room.say("ada", "hello");
    await turn();
    const cat = await park(room, "cat", { backlog: 5 });
    await settle();
    await room.say("ada", "bye");
    await settle();
    expect(cat.summary()).toEqual(["hello", "caught_up 1", "bye"]);
    expect(readers.map(({ summary }) => summary().slice(1))).toEqual(Array(2).fill(["hello", "bye"]));
  });

  it("that the log's loss interrupts leaves a gap to those only whom it had served", async () => {
    const { room, readers } = await roomOf("ann", "bob");
    await room.say("ada", "lost");
    await turn();
    room.store.fork(1);
    await room.say("ada", "instead");
    await settle();
    const [ann, bob] = readers;
    expect(ann.summary().slice(1)).toEqual(["lost", "gap AHEAD", "instead"]);
    expect(bob.summary().slice(1)).toEqual(["instead"]);
  });

  it("is ended at once when the ring fills up, so that nothing leaves it unsent", async () => {
    const room = await createSmallRoom({ sliceMs: 0, ringEvents: 8 });
    const readers = await Promise.all(["ann", "bob", "cat"].map((id) => park(room, id)));
    await settle();
    const reads = room.store.reads();
    const texts = Array.from({ length: 50 }, (_, i) => `${i}`);
    for (const text of texts) await room.say("ada", text);
    await settle();
    for (const { summary } of readers) expect(summary().slice(1)).toEqual(texts);
    expect(room.store.reads()).toBe(reads);
  });
});

describe("heartbeats in slices", () => {
  it("let the event loop go on after each, and reach everyone", async () => {
    const { room, readers } = await roomOf("ann", "bob", "cat");
    room.clock.advance(1_600);
    const sent = () => readers.filter(({ lines }) => lines().at(-1)?.startsWith("heartbeat")).length;
    expect(sent()).toBe(1);
    await turn();
    expect(sent()).toBe(2);
    await settle();
    expect(sent()).toBe(3);
    expect(readers.map(({ summary }) => summary().length)).toEqual([2, 2, 2]);
  });

  it("carry the head that the reader is at", async () => {
    const { room, readers } = await roomOf("ann", "bob", "cat");
    room.clock.advance(1_500);
    await room.say("ada", "hello");
    await turn();
    room.clock.advance(100);
    await settle();
    const [ann, bob, cat] = readers.map(({ lines }) => lines());
    expect(ann!.slice(1)).toEqual(["#epoch-0000:1 hello"]);
    expect(bob!.slice(1)).toEqual(["heartbeat @epoch-0000:0", "#epoch-0000:1 hello"]);
    expect(cat!.at(-1)).toBe("#epoch-0000:1 hello");
  });
});
