import { setImmediate as nextTurn } from "node:timers/promises";
import type { HandlerContext } from "@connectrpc/connect";
import { GapReason } from "../../../gen/parlance/v1/event_pb.js";
import { decodeEntry } from "../../feed/encoding.js";
import { gapReasons } from "../../feed/signals.js";
import { writeCursor } from "../../room/log/cursor.js";
import type { AddressBudgets } from "../../room/members/address-budgets.js";
import type { Member } from "../../room/members/member.js";
import type { EventPage } from "../../room/verbs/events/pages.js";
import { callerKey } from "../../wire/address.js";
import { eventOfEntry } from "../../wire/codec/event.js";
import { callingMember } from "../auth.js";

/** What events cost the budget of reads beside their bytes: for each that is returned, and each that is read for it. */
const EVENT_COST = 2_000;
export const EXAMINED_COST = 200;

export type ReadBudgets = Pick<AddressBudgets, "charge" | "spend">;

/**
 * Reads pages of events, one after the other, and takes what each has cost from the caller's budget. `costOf`: what a page
 * costs beside the events on it.
 */
export function createPages<P extends EventPage>(budgets: ReadBudgets, costOf: (page: P) => number) {
  const inTurn = takeTurns();

  async function read(ctx: HandlerContext, readPage: (member: Member) => Promise<P>): Promise<P> {
    const address = ctx.values.get(callerKey).budget;
    // What the address had when the call was admitted, those before it in the queue may have spent.
    budgets.spend("reads", address, 0);
    const page = await readPage(callingMember(ctx));
    const bytes = page.entries.reduce((sum, { data }) => sum + data.length, 0);
    budgets.charge("reads", address, bytes + page.entries.length * EVENT_COST + costOf(page));
    return page;
  }

  return async (ctx: HandlerContext, readPage: (member: Member) => Promise<P>) => {
    // Served for GET, too, and must not be cached.
    ctx.responseHeader.set("cache-control", "no-store");
    const { entries, epoch, from, to, atStart, lost } = await inTurn(() => read(ctx, readPage));
    return {
      events: entries.map((entry) => eventOfEntry(decodeEntry(entry, epoch))),
      previousCursor: writeCursor({ epoch, seq: from + 1 }),
      nextCursor: writeCursor({ epoch, seq: to }),
      atStart,
      gap: lost ? GapReason[gapReasons[lost]] : GapReason.UNSPECIFIED,
    };
  };
}

/** One after the other, with a turn of the event loop between two: pages that come in a crowd do not hold up messages. */
function takeTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let previous: Promise<unknown> = Promise.resolve();
  const pause = () => nextTurn();
  return (work) => {
    const turn = previous.then(work);
    previous = turn.then(pause, pause);
    return turn;
  };
}
