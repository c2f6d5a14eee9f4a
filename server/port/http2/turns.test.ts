import { expect, test } from "vitest";
import { Turns } from "./turns.js";

const nextRound = () => new Promise((resolve) => setImmediate(resolve));

test("what is little begins at once", () => {
  const turns = new Turns(2);
  const begun: string[] = [];
  turns.add("ada", () => begun.push("ada"));
  turns.add("bob", () => begun.push("bob"));
  expect(begun).toEqual(["ada", "bob"]);
});

test("a crowd begins in several rounds, and all of it does", async () => {
  const turns = new Turns(2);
  const begun: number[] = [];
  const rounds: number[] = [];
  for (let i = 0; i < 7; i++) turns.add("ada", () => begun.push(i));
  while (begun.length < 7) {
    rounds.push(begun.length);
    await nextRound();
  }
  expect(rounds).toEqual([2, 4, 6]);
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test("who asks for much waits behind itself, not others behind it", async () => {
  const turns = new Turns(1);
  const begun: string[] = [];
  for (let i = 0; i < 100; i++) turns.add("flood", () => begun.push("flood"));
  turns.add("ada", () => begun.push("ada"));
  for (let i = 0; i < 2; i++) await nextRound();
  expect(begun).toEqual(["flood", "flood", "ada"]);
});

test("each peer's pieces begin in their order", async () => {
  const turns = new Turns(3);
  const begun: string[] = [];
  for (const i of [1, 2, 3])
    for (const peer of ["ada", "bob"]) turns.add(peer, () => begun.push(`${peer} ${i}`));
  await nextRound();
  expect(begun.filter((one) => one.startsWith("ada"))).toEqual(["ada 1", "ada 2", "ada 3"]);
  expect(begun.filter((one) => one.startsWith("bob"))).toEqual(["bob 1", "bob 2", "bob 3"]);
});
