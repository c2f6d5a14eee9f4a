import { expect, test } from "vitest";
import { createSmallRoom, park } from "./small-room.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("deliveries are what readers received, whoever ignores, is named, or catches up", async () => {
  const room = await createSmallRoom();
  const readers = await Promise.all(["ada", "bob", "kim", "ada"].map((id) => park(room, id)));
  for (let i = 0; i < 60; i++) {
    await room.say("bob", `message ${i}`);
    if (i % 3 === 0) await room.sendTo("ada", "kim", "psst");
    if (i % 5 === 0) await room.toggle("kim");
    if (i % 7 === 0) await room.join("eve");
    if (i === 20) readers[1]!.peer.stop();
    if (i === 40) readers[1]!.peer.goOn();
    if (i % 2 === 0) room.clock.advance(100);
    await turn();
  }
  readers.push(await park(room, "bob", { backlog: 20 }));
  room.clock.advance(100);
  for (let i = 0; i < 10; i++) await turn();
  const received = readers.flatMap(({ lines }) => lines().filter((line) => line.startsWith("#")));
  expect(received.length).toBeGreaterThan(200);
  expect(room.feed.stats().deliveries).toBe(received.length);
});

test("the lag is that of the slowest reader, and nothing once it has caught up", async () => {
  const room = await createSmallRoom();
  const [ada, bob] = [await park(room, "ada"), await park(room, "bob")];
  await room.say("ada", "for all");
  room.clock.advance(100);
  bob.peer.stop();
  for (let i = 0; i < 5; i++) {
    await room.say("ada", `message ${i}`);
    room.clock.advance(100);
    await turn();
  }
  expect(room.feed.stats()).toMatchObject({ lag: 4, byProtocol: new Map([["test", 2]]) });
  bob.peer.goOn();
  await turn();
  expect(room.feed.stats().lag).toBe(0);
  ada.leave();
  await turn();
  expect(room.feed.stats().byProtocol).toEqual(new Map([["test", 1]]));
});
