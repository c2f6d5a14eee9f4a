import { expect, test } from "vitest";
import { login, openNodes, read, settled } from "./test-nodes.js";

test("what a member's feed was written at one node is not reported as undelivered by another", async () => {
  const { a, b } = await openNodes();
  const [ada, bob] = [await login(a, "ada"), await login(a, "bob")];
  await read(a, ada);
  const { ticket } = await read(b, bob);
  const say = async (text: string) =>
    a.room.sendTo(await ada.at(a), { recipient: "bob", recipientId: "", text, requestId: "" });
  const [first] = [await say("one"), await say("two")];
  ticket.viewer.unwritten.written([first.seq]);
  await settled();
  await a.room.logout(await bob.at(a));
  expect(a.kinds.slice(-2)).toEqual(["undelivered", "left"]);
  expect(b.kinds.filter((kind) => kind === "undelivered")).toHaveLength(1);
});

test("a message that one node has acknowledged is reported by another one where its recipient leaves next", async () => {
  const { a, b } = await openNodes();
  const [ada, bob] = [await login(a, "ada"), await login(a, "bob")];
  await read(a, ada);
  await a.room.broadcast(await bob.at(a), "hello", "");
  const bobAtB = await bob.at(b);
  b.lag();
  const request = { recipient: "bob", recipientId: "", text: "psst", requestId: "" };
  await a.room.sendTo(await ada.at(a), request);
  await b.room.logout(bobAtB);
  expect(a.kinds.slice(-3)).toEqual(["private_message", "undelivered", "left"]);
});

test("a message that one node appends in the moment in which its recipient leaves at another is reported, too", async () => {
  const { a, b } = await openNodes();
  const [ada, bob] = [await login(a, "ada"), await login(a, "bob")];
  await read(a, ada);
  const bobAtB = await bob.at(b);
  await b.room.broadcast(bobAtB, "hello", "");
  b.freeze("head");
  const leaving = b.room.logout(bobAtB);
  await settled();
  await a.room.sendTo(await ada.at(a), { recipient: "bob", recipientId: "", text: "psst", requestId: "" });
  b.thaw();
  await leaving;
  await settled();
  expect(a.kinds.slice(-3)).toEqual(["private_message", "left", "undelivered"]);
});

test("a node that is closed has recorded its members' feeds before its store is closed", async () => {
  const { a, b, seen } = await openNodes();
  const ada = await login(a, "ada");
  b.delay();
  await read(b, ada);
  await b.room.close();
  b.cut();
  await settled();
  expect(seen).not.toContainEqual(expect.objectContaining({ kind: "member_write_failed" }));
});
