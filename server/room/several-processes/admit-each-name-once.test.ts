import { expect, test } from "vitest";
import { login, namesAt, notLoggedIn, openNodes, read, secret, settled, taken } from "./test-nodes.js";

test("of 40 names that two nodes are asked for at once, each is given once, and so are look-alikes", async () => {
  const { a, b } = await openNodes();
  for (let i = 0; i < 40; i++) {
    const other = i % 2 === 0 ? `coco${i}` : `сосо${i}`;
    const both = await Promise.allSettled([login(a, `coco${i}`), login(b, other)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(both.find(({ status }) => status === "rejected")).toMatchObject({ reason: taken });
  }
});

test("a name that was given up at one node is free at the other, before that has heard of it", async () => {
  const { a, b } = await openNodes();
  b.lag();
  const ada = await login(a, "ada");
  await read(a, ada);
  await a.room.logout(await ada.at(a));
  const next = await login(b, "ada");
  expect(next.id).not.toBe(ada.id);
  await read(b, next);
  expect(await namesAt(a)).toEqual(["ada"]);
  expect(await namesAt(b)).toEqual(["ada"]);
});

test("one Login at two nodes at once admits one member, whose tokens are all valid everywhere", async () => {
  const { a, b } = await openNodes();
  const tries = await Promise.all([a, b, a, b].map((node) => login(node, "ada", secret)));
  expect(new Set(tries.map(({ id }) => id)).size).toBe(1);
  for (const one of tries) for (const node of [a, b]) expect((await one.at(node)).id).toBe(one.id);
  await b.room.logout(await tries[0]!.at(b));
  for (const one of tries)
    for (const node of [a, b]) await expect(one.at(node)).rejects.toMatchObject(notLoggedIn);
  expect((await login(a, "ada", secret)).id).not.toBe(tries[0]!.id);
});

test("a Login that fails late at one node ends nothing of what its retry at another was given", async () => {
  const { a, b, pass } = await openNodes();
  a.freeze("claim");
  const failing = login(a, "ada", secret);
  const refused = expect(failing).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  await settled();
  await pass(3_000);
  // What it was about to write is written only now, and what it does next waits again.
  a.thaw();
  a.freeze("release");
  await settled();
  const ada = await login(b, "ada", secret);
  a.thaw();
  await refused;
  await settled();
  for (const node of [a, b]) expect((await ada.at(node)).id).toBe(ada.id);
  await read(b, ada);
  expect(await namesAt(a)).toEqual(["ada"]);
});

test("a Login whose response was lost is the same at another node, and what is left of none is free", async () => {
  const { a, b, memory, pass } = await openNodes();
  const unavailable = { reason: "STORE_UNAVAILABLE" };
  for (const nickname of ["ada", "bob"]) {
    a.cutAfter("record");
    await expect(login(a, nickname, secret)).rejects.toMatchObject(unavailable);
    a.mend();
  }
  const ada = await login(b, "ada", secret);
  await pass(5_000);
  for (const node of [a, b]) expect((await ada.at(node)).id).toBe(ada.id);
  expect((await memory.names.claims()).map(({ name }) => name)).toEqual(["ada"]);
});
