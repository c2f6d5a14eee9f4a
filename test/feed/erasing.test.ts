import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FeedEnded } from "../../server/feed/signals.js";
import { LOG_PAGE } from "../../server/room/ports.js";
import { createSmallRoom, park, settle } from "./small-room.js";

describe("an erased event", () => {
  it("is not sent if it was not flushed yet", async () => {
    const room = await createSmallRoom();
    const ann = await park(room, "ann");
    await settle();
    await room.say("bob", "one");
    const { seq } = await room.say("bob", "two");
    await room.sendTo("bob", "ann", "psst");
    await room.erase("gone", [seq, seq + 1]);
    await settle();
    expect(ann.summary()).toEqual(["caught_up 0", "one", "gone"]);
  });

  it("is sent to no reader that a flush under way has not come to, and nothing else is left out", async () => {
    const room = await createSmallRoom({ sliceMs: 0 });
    const readers = [];
    for (const id of ["ann", "bob", "cat", "dan"]) readers.push(await park(room, id));
    await settle();
    await room.toggle("cat");
    await settle();
    await room.say("eve", "one");
    const { seq } = await room.say("eve", "two");
    await room.say("eve", "three");
    await settle(1);
    const before = readers.map(({ summary }) => summary().includes("two"));
    expect(before).toEqual([true, false, false, false]);
    await room.erase("gone", [seq]);
    await settle();
    expect(readers.map(({ summary }) => summary())).toEqual([
      ["caught_up 0", "one", "two", "three", "gone"],
      ["caught_up 0", "one", "three", "gone"],
      ["caught_up 0", "ignore_changed"],
      ["caught_up 0", "one", "three", "gone"],
    ]);
  });

  it("costs readers no write of its own if a flush had nothing else", async () => {
    const room = await createSmallRoom({ sliceMs: 0 });
    const [ann, bob] = [await park(room, "ann"), await park(room, "bob")];
    await settle();
    const { seq } = await room.say("eve", "one");
    await settle(1);
    await room.erase("gone", [seq]);
    await settle();
    expect([ann.summary(), bob.summary()]).toEqual([
      ["caught_up 0", "one", "gone"],
      ["caught_up 0", "gone"],
    ]);
    expect(bob.writes).toHaveLength(2);
  });

  it("is not sent from the ring, whose frame was made before, and frees its bytes", async () => {
    const room = await createSmallRoom({ ringBytes: 4_000 });
    const after = await room.say("bob", "start");
    await settle();
    const ann = await park(room, "ann", { after });
    for (let i = 0; i < 3; i++) {
      await room.say("bob", `${i} ${"x".repeat(500)}`);
      await settle();
    }
    await room.erase("gone", [after.seq + 1, after.seq + 3]);
    const reads = room.store.reads();
    const back = await park(room, "ben", { after });
    await settle();
    expect(ann.summary()).toHaveLength(5);
    expect(back.summary().map((line) => line.slice(0, 4))).toEqual(["1 xx", "gone", "caug"]);
    expect(room.store.reads()).toBe(reads);
    // 1,000 bytes of one event and its frame are left.
    for (let i = 0; i < 2; i++) await room.say("bob", `${i} ${"y".repeat(600)}`);
    await settle();
    await park(room, "cat", { after });
    await settle();
    expect(room.store.reads()).toBe(reads);
  });

  it("is not sent from a page of the store that was read before, in the middle of a replay, and no page is read again", async () => {
    const room = await createSmallRoom({ ringEvents: 4 });
    const after = await room.say("bob", "start");
    for (let i = 1; i <= 600; i++) await room.say("bob", `${i}`);
    const subscription = await room.open("ann", { after });
    const before = room.store.reads();
    const release = room.store.holdReads();
    const ann = await park(room, "ann", {}, undefined, subscription);
    await settle();
    const erased = [2, 256, 300, 599, 600];
    await room.erase(
      "gone",
      erased.map((i) => after.seq + i),
    );
    expect(ann.lines()).toEqual([]);
    release();
    await settle(80);
    const kept = Array.from({ length: 600 }, (_, i) => i + 1).filter((i) => !erased.includes(i));
    expect(ann.summary()).toEqual([...kept.map(String), "caught_up 595", "gone"]);
    expect(room.store.reads() - before).toBe(Math.ceil(600 / LOG_PAGE));
  });

  it("ends a reader whose sink may still hold it, which then resumes without it", async () => {
    const room = await createSmallRoom();
    const [slow, other] = [await park(room, "slow"), await park(room, "other")];
    await settle();
    slow.peer.stop();
    other.peer.stop();
    const first = await room.say("bob", "one");
    await settle();
    const { seq } = await room.say("bob", "two");
    await room.erase("gone", [seq]);
    await settle();
    expect([slow.peer.ended(), slow.peer.wasCut]).toEqual([false, false]);
    other.peer.goOn();
    await settle();
    await room.erase("gone, too", [first.seq]);
    expect(await slow.over).toEqual(new FeedEnded("TOO_SLOW"));
    expect(slow.peer.wasCut).toBe(true);
    await settle();
    expect([other.peer.ended(), other.peer.wasCut]).toEqual([false, false]);
    expect(other.summary()).toEqual(["caught_up 0", "one", "gone", "gone, too"]);
    const back = await park(room, "slow", { after: slow.subscription.position });
    await settle();
    expect(back.summary()).toEqual(["gone", "gone, too", "caught_up 2"]);
  });

  it("is written to no reader after its erasing append, whatever the reader is doing", async () => {
    const say = fc.record({ do: fc.constant("say" as const), size: fc.constantFrom(1, 500, 30_000) });
    const erase = fc.record({
      do: fc.constant("erase" as const),
      back: fc.array(fc.nat(8), { minLength: 1, maxLength: 3 }),
    });
    const read = fc.record({ do: fc.constantFrom("stop" as const, "goOn" as const), reader: fc.nat(5) });
    const step = fc.oneof(
      { weight: 5, arbitrary: say },
      { weight: 4, arbitrary: erase },
      { weight: 4, arbitrary: read },
      { weight: 3, arbitrary: fc.record({ do: fc.constant("turns" as const), count: fc.nat(2) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("open" as const), back: fc.nat(40) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("hold" as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 80, size: "max" }),
        fc.constantFrom(6, 4_096),
        async (steps, ringEvents) => {
          const room = await createSmallRoom({ ringEvents, sliceMs: 0 });
          const start = room.tailer.position();
          const opening: Promise<Awaited<ReturnType<typeof park>>>[] = [];
          const readers: Awaited<ReturnType<typeof park>>[] = [];
          for (const id of ["one", "two", "three"]) readers.push(await park(room, id));
          await settle();
          const texts = new Map<number, string>();
          let release = () => {};
          let last = 0;
          /** What each reader had been written when the event was erased. */
          const erased = new Map<string, Map<object, number>>();
          for (const [i, now] of steps.entries()) {
            if (now.do === "say") {
              const text = `text-${i}-`.padEnd(now.size, "x");
              last = (await room.say("bob", text)).seq;
              texts.set(last, `text-${i}-`);
            } else if (now.do === "erase") {
              const seqs = [...new Set(now.back.map((back) => Math.max(1, last - back)))].filter((seq) =>
                texts.has(seq),
              );
              last = (await room.erase("gone", seqs)).seq;
              for (const seq of seqs) {
                erased.set(texts.get(seq)!, new Map(readers.map((reader) => [reader, reader.writes.length])));
                texts.delete(seq);
              }
            } else if (now.do === "open") {
              const after = { ...start, seq: Math.max(0, last - now.back) };
              opening.push(
                park(room, `reader-${i}`, { after }).then((reader) => {
                  readers.push(reader);
                  return reader;
                }),
              );
            } else if (now.do === "turns") await settle(now.count);
            else if (now.do === "hold") {
              release();
              release = room.store.holdReads();
            } else readers[now.reader]?.peer[now.do]();
          }
          release();
          await settle();
          await Promise.all(opening);
          for (const reader of readers) reader.peer.goOn();
          await settle(100);
          for (const [text, written] of erased)
            for (const reader of readers) {
              const late = reader.writes.slice(written.get(reader) ?? 0).join("");
              expect(late.includes(text)).toBe(false);
            }
          for (const reader of readers) {
            if (reader.peer.ended()) continue;
            const received = reader.lines().flatMap((line) => /text-[0-9]+-/.exec(line) ?? []);
            const kept = [...texts].filter(([seq]) => seq > reader.subscription.position.seq);
            expect(received.filter((text) => !erased.has(text))).toEqual(kept.map(([, text]) => text));
          }
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);
});
