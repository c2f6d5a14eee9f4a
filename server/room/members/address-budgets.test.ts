import { expect, test } from "vitest";
import { Refusal } from "../errors.js";
import { AddressBudgets } from "./address-budgets.js";
import type { Member } from "./member.js";

function openBudgets(maxAddresses?: number) {
  const clock = { ms: 0, monotonic: () => clock.ms };
  const shared: [address: string, members: number][] = [];
  const budgets = new AddressBudgets({
    rates: { logins: 1, messages: 50, reads: 1_000 },
    maxMembers: 3_000,
    clock,
    ...(maxAddresses !== undefined && { maxAddresses }),
    onShared: (address, members) => shared.push([address, members]),
  });
  /** The refusal's delay in ms, 0 if there is none. */
  const delayOf = (...args: Parameters<AddressBudgets["spend"]>): number => {
    try {
      budgets.spend(...args);
      return 0;
    } catch (error) {
      if (error instanceof Refusal && error.reason === "RATE_LIMITED") return error.detail.retryDelayMs!;
      throw error;
    }
  };
  const admitted = (tries: number, address: string) =>
    Array.from({ length: tries }, () => delayOf("logins", address)).filter((ms) => ms === 0).length;
  return { budgets, clock, shared, delayOf, admitted };
}

test("each address has a burst and a rate of its own", () => {
  const { clock, delayOf, admitted } = openBudgets();
  expect(admitted(1_000, "a")).toBe(200);
  expect(delayOf("logins", "a")).toBe(1_000);
  expect(admitted(1_000, "b")).toBe(200);
  clock.ms += 10_000;
  expect(admitted(1_000, "a")).toBe(10);
});

test("budgets are separate, and the empty address has none", () => {
  const { delayOf, admitted } = openBudgets();
  admitted(1_000, "a");
  expect(delayOf("messages", "a")).toBe(0);
  expect(admitted(1_000, "")).toBe(1_000);
});

test("a cost that is known only afterwards delays the next call", () => {
  const { budgets, clock, delayOf } = openBudgets();
  expect(delayOf("reads", "a", 100)).toBe(0);
  budgets.charge("reads", "a", 20_000);
  expect(budgets.isSpent("reads", "a")).toBe(true);
  expect(delayOf("reads", "a", 100)).toBe(4_200);
  clock.ms += 4_200;
  expect(delayOf("reads", "a", 100)).toBe(0);
});

test("full buckets are dropped, and of too many the oldest", () => {
  const { budgets, clock, admitted } = openBudgets(100);
  for (let i = 0; i < 1_000; i++) admitted(1, `${i}`);
  expect(budgets.tracked().logins).toBe(100);
  clock.ms += 2_000;
  admitted(1, "another");
  expect(budgets.tracked()).toEqual({ logins: 1, messages: 0, reads: 0, wrong_tokens: 0, members: 0 });
});

test("one address holds a tenth of the room", () => {
  const { budgets } = openBudgets();
  const members: { stage: Member["stage"] }[] = [];
  const enter = (address: string) => {
    budgets.checkShare(address);
    const member: { stage: Member["stage"] } = { stage: "present" };
    members.push(member);
    budgets.loggedIn(address, member);
  };
  for (let i = 0; i < 300; i++) enter("a");
  expect(() => enter("a")).toThrow("ROOM_FULL");
  for (let i = 0; i < 400; i++) enter("");
  enter("b");
  members[7]!.stage = "gone";
  enter("a");
  expect(() => enter("a")).toThrow("ROOM_FULL");
});

test("many members from one address are reported once for each, up to 100 addresses", () => {
  const { budgets, shared } = openBudgets();
  const enter = (address: string, count: number) => {
    const members = Array.from({ length: count }, (): { stage: Member["stage"] } => ({ stage: "present" }));
    for (const member of members) budgets.loggedIn(address, member);
    return members;
  };
  const early = enter("a", 49);
  for (const member of early) member.stage = "gone";
  enter("a", 49);
  expect(shared).toEqual([]);
  enter("a", 2);
  expect(shared).toEqual([["a", 50]]);
  enter("", 60);
  for (let i = 0; i < 150; i++) enter(`${i}`, 50);
  expect(shared).toHaveLength(100);
  expect(new Set(shared.map(([address]) => address)).size).toBe(100);
  expect(budgets.tracked().members).toBe(151);
});

test("members who are gone are forgotten, though their address spends nothing", () => {
  const { budgets, clock } = openBudgets();
  const member: { stage: Member["stage"] } = { stage: "present" };
  budgets.loggedIn("a", member);
  member.stage = "gone";
  clock.ms += 1_000;
  expect(budgets.tracked().members).toBe(0);
});
