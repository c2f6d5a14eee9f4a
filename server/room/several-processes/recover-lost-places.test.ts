import { expect, test } from "vitest";
import { testIds } from "../../engines/test-ids.js";
import { encodeEvent } from "../../wire/codec/event.js";
import { NONCE_BYTES, writeRecord } from "../log/record.js";
import { login, namesAt, notLoggedIn, openNodes, read } from "./test-nodes.js";

test("a node that lost its place makes its roster anew, and gives no count until then", async () => {
  const { a, b, pass } = await openNodes();
  const [ada, bob] = [await login(a, "ada"), await login(a, "bob")];
  const { ends } = await read(b, ada);
  await read(a, bob);
  b.lag();
  b.losePlace();
  await a.room.logout(await ada.at(a));
  const cy = await login(a, "cy");
  await read(a, cy);
  await pass(2_000);
  expect(await namesAt(b)).toEqual(["bob", "cy"]);
  expect(b.resets).toEqual([undefined, 2]);
  expect(ends).toEqual(["SESSION_EXPIRED"]);
});

test("a program and a moderator are that at every node, also at one that is started later or lost its place", async () => {
  const { a, b, memory, pass, openNode } = await openNodes();
  const ada = await login(a, "ada");
  await read(a, ada);
  const { person } = await ada.at(a);
  const user = { ...person, registered: true, role: "MODERATOR" } as const;
  const times = { registeredAt: 0, lastSeenAt: 0 };
  const registration = { id: ada.id, nickname: "ada", role: "MODERATOR", ignoring: false, ...times };
  await memory.values.put("reg:ada", new TextEncoder().encode(JSON.stringify(registration)));
  const nonce = testIds.bytes(NONCE_BYTES);
  await memory.log.append(writeRecord({ kind: "user_changed", user }, encodeEvent, nonce));
  b.lag();
  b.losePlace();
  const { member: rob } = await a.room.login({ nickname: "rob", bot: true });
  await a.room.subscribe(rob);
  await pass(2_000);
  for (const node of [a, b, await openNode()]) {
    const { users } = await node.room.listUsers({ pageSize: 0, pageToken: "", prefix: "" });
    expect(users).toEqual([user, { ...rob.participant, joinTime: rob.person.joinTime, bot: true }]);
    expect([...node.room.concernedBy({ kind: "moderated", ids: [] })]).toEqual([ada.id]);
  }
});

test("after the store was emptied all nodes agree again on who is there, who ignores and who leaves", async () => {
  const { a, b, pass, empty } = await openNodes();
  const before = [await login(a, "ada"), await login(b, "bob")];
  const feeds = [await read(a, before[0]!), await read(b, before[1]!)];
  for (let i = 0; i < 10; i++) await a.room.broadcast(await before[0]!.at(a), "before", "");
  await empty();
  await pass(2_000);
  expect(feeds.map(({ ends }) => ends)).toEqual([["SESSION_EXPIRED"], ["SESSION_EXPIRED"]]);
  const [ada, bob] = [await login(a, "ada"), await login(b, "bob")];
  await read(a, ada);
  await read(b, bob);
  for (const node of [a, b]) expect(await namesAt(node)).toEqual(["ada", "bob"]);
  await a.room.toggleIgnore(await ada.at(a), true, "");
  await expect(b.room.broadcast(await ada.at(b), "x", "")).rejects.toMatchObject({ reason: "IGNORING" });
  await b.room.logout(await bob.at(b));
  for (const node of [a, b]) expect(await namesAt(node)).toEqual(["ada"]);
  for (const one of before)
    for (const node of [a, b]) await expect(one.at(node)).rejects.toMatchObject(notLoggedIn);
});
