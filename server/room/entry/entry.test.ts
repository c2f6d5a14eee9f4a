import { expect, test } from "vitest";
import { createManualClock } from "../../../test/support/manual-clock.js";
import { createMemoryStore } from "../../engines/memory.js";
import { testIds } from "../../engines/test-ids.js";
import { Order, type RoomState } from "../order/order.js";
import { openRoomFacts } from "../room-facts.js";
import { refuseGuest } from "./entry.js";

/** Why guests are refused: reason, rule and delay; "admitted" if they are not. */
function verdict(state: Partial<RoomState>, clock = createManualClock()): string {
  const { values } = createMemoryStore({ clock, ids: testIds });
  const defaults = { ...openRoomFacts, motd: "", ...state };
  const unused = () => undefined;
  const order = new Order({ values, clock, ids: testIds, observe: unused, defaults, onBan: unused });
  try {
    refuseGuest({ clock, order });
    return "admitted";
  } catch (error) {
    expect(error).toHaveProperty("reason");
    const { reason, detail } = error as { reason: string; detail: { rule: string; retryDelayMs?: number } };
    return [reason, detail.rule, detail.retryDelayMs].filter((part) => part !== undefined).join(" ");
  }
}

test.each([
  ["OPEN", "admitted"],
  // By what takeInvite decides.
  ["INVITE", "admitted"],
  ["REGISTERED", "REGISTRATION_REQUIRED entry"],
  ["EXTERNAL", "ACCESS_TOKEN_INVALID missing"],
] as const)("a guest at a room with the entry %s: %s", (entry, expected) => {
  expect(verdict({ entry })).toBe(expected);
});

test("while the door is closed, guests learn for how long", () => {
  const clock = createManualClock();
  const closedUntil = clock.now() + 60_000;
  for (const entry of ["OPEN", "INVITE", "REGISTERED"] as const)
    expect(verdict({ entry, closedUntil }, clock)).toBe("REGISTRATION_REQUIRED closed 60000");
  clock.advance(60_000);
  expect(verdict({ closedUntil }, clock)).toBe("admitted");
});
