import { expect, test } from "vitest";
import {
  graceMs,
  idleMs,
  leaseMs,
  login,
  namesAt,
  noticedMs,
  notLoggedIn,
  openNodes,
  read,
} from "./test-nodes.js";

test("a member's home is where it opened its latest feed, also if that is not known to have been opened", async () => {
  const { a, b, memory, pass } = await openNodes();
  const ada = await login(a, "ada");
  const first = await read(a, ada);
  const atA = (await memory.names.find("ada"))!.lease;
  b.cutAfter("claim");
  await expect(read(b, ada)).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  expect((await memory.names.find("ada"))!.lease).not.toBe(atA);
  b.mend();
  first.ticket.close();
  await pass(3 * graceMs + idleMs);
  for (const node of [a, b]) expect(node.kinds).toEqual(["joined", "left"]);
});

test("Logout at one node ends the feeds at the other, and the token everywhere", async () => {
  const { a, b } = await openNodes();
  const ada = await login(a, "ada");
  const { ends } = await read(a, ada);
  await b.room.logout(await ada.at(b));
  expect(ends).toEqual(["LOGGED_OUT"]);
  for (const node of [a, b]) {
    await expect(ada.at(node)).rejects.toMatchObject(notLoggedIn);
    expect(await namesAt(node)).toEqual([]);
    expect(node.online).toEqual([1, 0]);
  }
});

test("calls and feeds at the other node keep a member in the room; without them it leaves once", async () => {
  const { a, b, pass } = await openNodes();
  const ada = await login(a, "ada");
  const first = await read(a, ada);
  const second = await read(b, ada);
  second.ticket.close();
  // The home is b now, where the member is not seen any more; its feed is at a.
  await pass(4 * graceMs);
  expect(await namesAt(b)).toEqual(["ada"]);
  first.ticket.close();
  for (let i = 0; i < 6; i++) {
    await pass(graceMs / 2);
    await ada.at(a);
  }
  expect(a.kinds).toEqual(["joined"]);
  await pass(3 * graceMs);
  for (const node of [a, b]) expect(node.kinds).toEqual(["joined", "left"]);
});

test("a silent member that is not seen any more is gone from every node", async () => {
  const { a, b, pass } = await openNodes();
  const ada = await login(a, "ada");
  await ada.at(b);
  await pass(3 * idleMs);
  for (const node of [a, b]) expect(node.room.counts()).toEqual({ members: 0, silent: 0 });
  await login(b, "ada");
});

test("after kill -9 of its node a member that reads elsewhere stays, and another one leaves once", async () => {
  const { a, b, seen, pass } = await openNodes();
  const [ada, bob, cy] = [await login(a, "ada"), await login(a, "bob"), await login(a, "cy")];
  await read(a, ada);
  await read(a, bob);
  a.kill();
  const back = await read(b, ada);
  await pass(leaseMs + graceMs + noticedMs);
  expect(b.kinds).toEqual(["joined", "joined", "left"]);
  expect(await namesAt(b)).toEqual(["ada"]);
  await b.room.broadcast(await ada.at(b), "still here", "");
  back.ticket.close();
  await pass(idleMs + leaseMs);
  expect(b.kinds).toEqual(["joined", "joined", "left", "group_message", "left"]);
  await expect(cy.at(b)).rejects.toMatchObject(notLoggedIn);
  const kinds = seen.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === "claim_taken_over")).toHaveLength(1);
  expect(kinds.filter((kind) => kind === "member_reaped")).toHaveLength(1);
  expect(b.room.sharing().leaseAgeMs).toBeLessThan(leaseMs / 2);
});

test("a Logout that fails leaves the member in the room, and a call meanwhile is not refused as logged out", async () => {
  const { a } = await openNodes();
  const ada = await login(a, "ada");
  await read(a, ada);
  const member = await ada.at(a);
  const leaving = a.room.logout(member);
  const call = ada.at(a);
  a.cut();
  await expect(leaving).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  expect((await call).id).toBe(ada.id);
  a.mend();
  await a.room.logout(await ada.at(a));
  await expect(ada.at(a)).rejects.toMatchObject(notLoggedIn);
});
