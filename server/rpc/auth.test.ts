import { expect, test } from "vitest";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { ModerationService } from "../../gen/parlance/v1/moderation_service_pb.js";
import type { AddressBudgets } from "../room/members/address-budgets.js";
import type { Member } from "../room/members/member.js";
import type { Caller } from "../wire/address.js";
import { createAdmission } from "./auth.js";

test("every call of the room costs its address something, but for Logout, which each Login has once", async () => {
  const spent: string[] = [];
  const budgets = {
    isSpent: () => false,
    charge: () => undefined,
    spend: (budget: string) => void spent.push(budget),
  } as unknown as AddressBudgets;
  const member = {} as Member;
  const room = {
    authenticate: async () => member,
    authenticateOwner: async () => member,
    knows: () => true,
    isRateLimited: () => false,
  };
  const { enter } = createAdmission(room, budgets);
  const caller: Caller = { address: "192.0.2.1", budget: "192.0.2.1", place: "192.0.2.1" };
  const free: string[] = [];
  for (const { name } of [...ChatService.methods, ...ModerationService.methods]) {
    spent.length = 0;
    await enter(name, "Bearer token", caller);
    if (spent.length === 0) free.push(name);
  }
  expect(free).toEqual(["Logout"]);
});
