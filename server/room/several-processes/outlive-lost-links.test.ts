import { expect, test } from "vitest";
import {
  graceMs,
  idleMs,
  leaseMs,
  login,
  noticedMs,
  notLoggedIn,
  openNodes,
  read,
  settled,
} from "./test-nodes.js";

test("a node that was away past its lease goes on with its members, and those who came back elsewhere are not its own", async () => {
  const { a, b, pass } = await openNodes();
  const [ada, bob] = [await login(a, "ada"), await login(a, "bob")];
  const ofAda = await read(a, ada);
  await read(a, bob);
  a.cut();
  await pass(leaseMs + 5_000);
  await expect(a.room.broadcast(await bob.at(a), "x", "")).rejects.toMatchObject({
    reason: "STORE_UNAVAILABLE",
  });
  await read(b, ada);
  a.mend();
  await pass(5_000);
  ofAda.ticket.close();
  await read(a, bob);
  await a.room.broadcast(await bob.at(a), "here again", "");
  await b.room.broadcast(await ada.at(b), "me too", "");
  await pass(3 * graceMs);
  for (const node of [a, b])
    expect(node.kinds).toEqual(["joined", "joined", "group_message", "group_message"]);
});

test("a node past lease and grace finds its members gone, and ends their feeds", async () => {
  const { a, b, pass } = await openNodes();
  const bob = await login(a, "bob");
  const { ends } = await read(a, bob);
  a.cut();
  await pass(leaseMs + graceMs + noticedMs);
  expect(b.kinds).toEqual(["joined", "left"]);
  a.mend();
  await pass(5_000);
  expect(ends).toEqual(["CUT_OFF"]);
  await expect(bob.at(a)).rejects.toMatchObject(notLoggedIn);
});

test("a node that is cut off ends its feeds once its lease has ended, and not before", async () => {
  const { a, seen, pass } = await openNodes();
  const [ada, bob] = [await login(a, "ada"), await login(a, "bob")];
  const feeds = [await read(a, ada), await read(a, bob)];
  const ends = () => feeds.map((feed) => feed.ends);
  const changes = () => seen.filter(({ kind }) => kind === "store_cut_off" || kind === "store_reached");
  a.cut();
  await pass(leaseMs - 3_000);
  a.mend();
  await pass(3_000);
  a.cut();
  await pass(leaseMs - 3_000);
  expect([ends(), changes()]).toEqual([[[], []], []]);
  await pass(4_000);
  expect(ends()).toEqual([["CUT_OFF"], ["CUT_OFF"]]);
  await expect(read(a, ada)).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  a.mend();
  await pass(3_000);
  expect(changes().map(({ kind }) => kind)).toEqual(["store_cut_off", "store_reached"]);
  const again = await read(a, ada);
  await pass(2 * leaseMs);
  expect(again.ends).toEqual([]);
});

test("nodes that lose a store together, which none reaches without the others, end no feeds", async () => {
  const { a, b, seen, pass } = await openNodes(2, { partitionable: false });
  const [ada, bob] = [await login(a, "ada"), await login(b, "bob")];
  const feeds = [await read(a, ada), await read(b, bob)];
  for (const node of [a, b]) node.cut();
  await pass(leaseMs + graceMs + 5_000);
  for (const node of [a, b]) node.mend();
  await pass(5_000);
  expect(feeds.map(({ ends }) => ends)).toEqual([[], []]);
  expect(seen.map(({ kind }) => kind)).not.toContain("store_cut_off");
  await b.room.broadcast(await ada.at(b), "still here", "");
  await a.room.broadcast(await bob.at(a), "me too", "");
});

test("the feeds of a node that was only paused past its lease go on", async () => {
  const { a, seen, pass } = await openNodes(1);
  const ada = await login(a, "ada");
  const { ends } = await read(a, ada);
  a.pause();
  await pass(2 * leaseMs);
  // Its connection has timed out, too, and is made again.
  a.cut();
  a.resume();
  await settled();
  a.mend();
  await pass(5_000);
  expect(ends).toEqual([]);
  expect(seen.map(({ kind }) => kind)).not.toContain("store_cut_off");
  await a.room.broadcast(await ada.at(a), "still here", "");
});

test("a node that was paused reads what members sent meanwhile before it takes them for gone", async () => {
  const { a, pass } = await openNodes(1);
  const ada = await login(a, "ada");
  a.pause();
  await pass(2 * idleMs);
  a.resume();
  await a.room.broadcast(await ada.at(a), "sent while the node stood still", "");
  await pass(1_000);
  await a.room.broadcast(await ada.at(a), "still here", "");
  await pass(2 * idleMs);
  await expect(ada.at(a)).rejects.toMatchObject(notLoggedIn);
});

test("while the store is away no grace period runs", async () => {
  const { a, b, pass } = await openNodes();
  const ada = await login(a, "ada");
  (await read(a, ada)).ticket.close();
  a.cut();
  b.cut();
  await pass(3 * graceMs);
  a.mend();
  b.mend();
  await pass(graceMs - 5_000);
  await ada.at(b);
  expect(b.kinds).toEqual(["joined"]);
});
