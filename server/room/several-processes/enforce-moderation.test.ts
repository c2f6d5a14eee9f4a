import { expect, test } from "vitest";
import { operator } from "../order/acting/target.js";
import { login, type Node, namesAt, notLoggedIn, openNodes, read, settled } from "./test-nodes.js";

/** The operator's call of moderation for a guest. */
const against = (nickname: string) => ({ userId: "", nickname, reason: "flood", eraseSinceMs: 0 });
const banning = (nickname: string, network = "") => ({
  ...against(nickname),
  network,
  spareAddress: false,
  allowWide: false,
});

test("a kick at one node ends the feeds at the other, and the token everywhere", async () => {
  const { a, b } = await openNodes();
  const mallory = await login(b, "mallory");
  const { ends } = await read(b, mallory);
  await a.room.moderation.kick(operator, against("mallory"));
  await settled();
  expect(ends).toEqual(["REMOVED"]);
  for (const node of [a, b]) await expect(mallory.at(node)).rejects.toMatchObject(notLoggedIn);
  await login(b, "mallory");
});

test("a ban at one node holds at the other, and until it is lifted, however late it learns of either", async () => {
  const { a, b, openNode } = await openNodes();
  const mallory = await login(b, "mallory");
  const { ends } = await read(b, mallory);
  const made = await a.room.moderation.ban(operator, banning("mallory"));
  await settled();
  expect(ends).toEqual(["BANNED"]);
  b.lag();
  const again = await a.room.moderation.ban(operator, banning("oscar"));
  for (const [nickname, reference] of [
    ["mallory", made.id],
    ["oscar", again.id],
  ] as const)
    for (const node of [a, b, await openNode()])
      await expect(node.room.login({ nickname })).rejects.toMatchObject({
        reason: "BANNED",
        detail: { reference },
      });
  a.lag();
  await b.room.moderation.unban(operator, again.id);
  await login(a, "oscar");
});

test("the ban of a network ends the stays of those from there, at whichever node they are", async () => {
  const { a, b } = await openNodes();
  const from = (ip: string) => ({ ip, budget: ip });
  const enter = async (nickname: string, ip: string) => {
    const { token, member } = await b.room.login({ nickname, address: from(ip) });
    return { id: member.id, at: (node: Node) => node.room.authenticate(token, from(ip)) };
  };
  const inside = await read(b, await enter("inside", "203.0.113.5"));
  const outside = await read(b, await enter("outside", "203.0.114.5"));
  const silent = await enter("silent", "203.0.113.6");
  await a.room.moderation.ban(operator, banning("", "203.0.113.0/24"));
  await settled();
  expect([inside.ends, outside.ends]).toEqual([["BANNED"], []]);
  await expect(silent.at(b)).rejects.toMatchObject(notLoggedIn);
  expect(await namesAt(a)).toEqual(["outside"]);
});

test("a guest is banned with its address, which only the other node knows", async () => {
  const { a, b } = await openNodes();
  const address = { ip: "203.0.113.9", budget: "203.0.113.9" };
  const { member } = await b.room.login({ nickname: "mallory", address });
  await b.room.broadcast(member, "spam", "");
  const made = await a.room.moderation.ban(operator, banning("mallory"));
  expect(made.network).toBe("203.0.113.9/32");
});

test("a mute at one node holds at the other, however late that learns of it", async () => {
  const { a, b } = await openNodes();
  const mallory = await login(a, "mallory");
  await a.room.broadcast(await mallory.at(a), "hello", "");
  await b.room.broadcast(await mallory.at(b), "hello", "");
  b.lag();
  const mute = { userId: mallory.id, nickname: "", reason: "" };
  for (let i = 0; i < 5; i++) {
    await a.room.moderation.mute(operator, { ...mute, durationMs: 60_000 });
    const refused = b.room.broadcast(await mallory.at(b), "hello", "");
    await expect(refused).rejects.toMatchObject({ reason: "MUTED" });
    await a.room.moderation.mute(operator, { ...mute, durationMs: 0 });
    await b.room.broadcast(await mallory.at(b), "hello", "");
  }
});

test("the room's settings, invites and what was erased are the same at every node", async () => {
  const { a, b, memory } = await openNodes();
  const ada = await login(b, "ada");
  const { seq } = await b.room.broadcast(await ada.at(b), "secret", "");
  await a.room.moderation.updateRoom(operator, { speaking: "MODERATORS", title: "Quiet" });
  const { code, invite } = await b.room.moderation.createInvite(operator, {
    uses: 1,
    nickname: "",
    note: "",
  });
  await a.room.moderation.erase(operator, { ...against("ada"), sinceMs: 60_000 });
  await settled();
  expect(b.room.state).toMatchObject({ title: "Quiet", speaking: "MODERATORS" });
  const say = b.room.broadcast(await ada.at(b), "hello", "");
  await expect(say).rejects.toMatchObject({ reason: "NOT_ALLOWED" });
  const name = { shown: "x", key: "x", skeleton: "x" };
  expect(await a.room.order.invites.use(code, name, "login")).toBeDefined();
  expect((await b.room.moderation.listInvites(operator, { pageSize: 0, pageToken: "" })).items).toEqual([]);
  await expect(b.room.moderation.revokeInvite(operator, invite.id)).rejects.toMatchObject({
    detail: { field: "id" },
  });
  expect(
    (await memory.log.read({ epoch: (await memory.log.head()).epoch, seq: seq - 1 }, 1)).entries,
  ).toEqual([expect.objectContaining({ seq, data: new Uint8Array() })]);
});

test("a node that lost its place knows what moderators did meanwhile", async () => {
  const { a, b, pass } = await openNodes();
  b.lag();
  b.losePlace();
  const made = await a.room.moderation.ban(operator, banning("mallory"));
  await a.room.moderation.updateRoom(operator, { slowModeMs: 1_000 });
  await pass(2_000);
  expect(b.room.state.slowModeMs).toBe(1_000);
  await expect(b.room.login({ nickname: "mallory" })).rejects.toMatchObject({
    detail: { reference: made.id },
  });
});
