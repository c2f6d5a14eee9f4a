import { expect, test } from "vitest";
import { login, namesAt, openNodes, read } from "./test-nodes.js";

test("a member that logged in at one node speaks at the other, and both list the member", async () => {
  const { a, b } = await openNodes();
  const ada = await login(a, "Ada");
  b.lag();
  const sent = await b.room.broadcast(await ada.at(b), "hello", "");
  expect(sent.seq).toBe(2);
  for (const node of [a, b]) {
    expect(await namesAt(node)).toEqual(["Ada"]);
    expect(node.kinds).toEqual(["joined", "group_message"]);
    expect(node.online).toEqual([1, 1]);
  }
  const page = await a.room.listEvents(await ada.at(a), { before: "", after: "", pageSize: 0 });
  expect(page.entries).toHaveLength(2);
});

test("lists and history contain what another node has returned, however late this one learns of it", async () => {
  const { a, b } = await openNodes();
  const ada = await login(a, "ada");
  await b.room.broadcast(await ada.at(b), "hello", "");
  b.lag();
  const atB = await ada.at(b);
  for (let i = 0; i < 10; i++) {
    const guest = await login(a, `guest${i}`);
    const sent = await a.room.broadcast(await guest.at(a), "hello", "");
    const page = await b.room.listEvents(atB, { before: "", after: "", pageSize: 1 });
    expect(page.entries.map(({ seq }) => seq)).toEqual([sent.seq]);
    const next = await login(a, `next${i}`);
    await a.room.broadcast(await next.at(a), "hello", "");
    expect(await namesAt(b)).toHaveLength(2 * i + 3);
  }
});

test("the same request_id at two nodes is one message", async () => {
  const { a, b } = await openNodes();
  const ada = await login(a, "ada");
  const first = await a.room.broadcast(await ada.at(a), "hello", "r1");
  const again = await b.room.broadcast(await ada.at(b), "hello", "r1");
  expect(again).toEqual({ ...first, duplicate: true });
});

test("a private message reaches a member of the other node", async () => {
  const { a, b } = await openNodes();
  const [ada, bob] = [await login(a, "ada"), await login(b, "bob")];
  await read(b, bob);
  a.lag();
  const request = { recipient: "BOB", recipientId: "", text: "psst", requestId: "" };
  const sent = await a.room.sendTo(await ada.at(a), request);
  expect(sent).toMatchObject({ recipientId: bob.id, recipientPresence: "UNSPECIFIED" });
  expect(b.kinds).toEqual(["joined", "joined", "private_message"]);
  const unknown = a.room.sendTo(await ada.at(a), { ...request, recipient: "eve" });
  await expect(unknown).rejects.toMatchObject({ reason: "USER_NOT_FOUND" });
});

test("records of a newer version are passed over, with one warning", async () => {
  const { a, memory, seen } = await openNodes(1);
  for (const record of [Uint8Array.of(3, 1, 9), Uint8Array.of(2, 99)]) await memory.log.append(record);
  const ada = await login(a, "ada");
  await a.room.broadcast(await ada.at(a), "hello", "");
  expect(a.kinds).toEqual(["unknown", "unknown", "joined", "group_message"]);
  expect(seen.filter(({ kind }) => kind === "log_record_unknown")).toEqual([
    { kind: "log_record_unknown", seq: 1 },
  ]);
  const page = await a.room.listEvents(await ada.at(a), { before: "", after: "", pageSize: 0 });
  expect(page.entries).toHaveLength(2);
});
