import { expect, test } from "vitest";
import { leaseMs, login, openNodes, read, settled } from "./test-nodes.js";

test("a member that ignores messages at one node sends none at the other, however late that learns of it", async () => {
  const { a, b } = await openNodes();
  const ada = await login(a, "ada");
  await b.room.broadcast(await ada.at(b), "hello", "");
  b.lag();
  for (let i = 0; i < 20; i++) {
    const ignoring = await a.room.toggleIgnore(await ada.at(a), undefined, "");
    expect(ignoring.ignoring).toBe(true);
    const refused = b.room.broadcast(await ada.at(b), "hello", "");
    await expect(refused).rejects.toMatchObject({ reason: "IGNORING" });
    expect((await a.room.toggleIgnore(await ada.at(a), undefined, "")).ignoring).toBe(false);
    await b.room.broadcast(await ada.at(b), "hello", "");
  }
});

test("a node that takes an ignoring member over sends no message of it, however late it learns of the toggle", async () => {
  const { a, b, pass } = await openNodes();
  const ada = await login(a, "ada");
  await b.room.broadcast(await ada.at(b), "hello", "");
  const opened = await read(b, ada);
  b.lag();
  for (let i = 0; i < 3; i++) {
    await a.room.toggleIgnore(await ada.at(a), true, "");
    await read(b, ada);
    const ignoring = { reason: "IGNORING" };
    await expect(b.room.broadcast(await ada.at(b), "hello", "")).rejects.toMatchObject(ignoring);
    await a.room.toggleIgnore(await ada.at(a), false, "");
    await b.room.broadcast(await ada.at(b), "hello", "");
  }
  // Paused past its lease, it claims its members' names again.
  b.pause();
  await pass(2 * leaseMs);
  await a.room.toggleIgnore(await ada.at(a), true, "");
  b.resume();
  await settled();
  await expect(b.room.broadcast(await ada.at(b), "hello", "")).rejects.toMatchObject({ reason: "IGNORING" });
  expect(opened.ends).toEqual([]);
});

test("a silent member's toggle is known at every node", async () => {
  const { a, b, openNode } = await openNodes();
  const ada = await login(a, "ada");
  await a.room.toggleIgnore(await ada.at(a), true, "");
  const late = await openNode();
  await read(a, ada);
  for (const node of [b, late])
    await expect(node.room.broadcast(await ada.at(node), "x", "")).rejects.toMatchObject({
      reason: "IGNORING",
    });
});
