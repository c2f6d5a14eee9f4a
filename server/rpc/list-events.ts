import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { ChatService, ListEventsRequest } from "../../gen/parlance/v1/chat_service_pb.js";
import { GapReason } from "../../gen/parlance/v1/event_pb.js";
import { decodeEntry } from "../feed/encoding.js";
import { gapReasons } from "../feed/signals.js";
import { writeCursor } from "../room/log/cursor.js";
import type { AddressBudgets } from "../room/members/address-budgets.js";
import type { Room } from "../room/room.js";
import type { EventPage } from "../room/verbs/list-events.js";
import { callerKey } from "../wire/address.js";
import { eventOfEntry } from "../wire/codec/event.js";
import { callingMember } from "./auth.js";

/** What events cost the budget of reads beside their bytes: for each that is returned, and each that is examined. */
const EVENT_COST = 2_000;
const EXAMINED_COST = 200;

/** ListEvents: the events of the log that the caller may see, page by page. */
export function listEvents(
  room: Pick<Room, "listEvents">,
  budgets: Pick<AddressBudgets, "charge" | "spend">,
): ServiceImpl<typeof ChatService>["listEvents"] {
  const inTurn = takeTurns();

  async function page(request: ListEventsRequest, ctx: HandlerContext): Promise<EventPage> {
    const address = ctx.values.get(callerKey).budget;
    // What the address had when the call was admitted, those before it in the queue may have spent.
    budgets.spend("reads", address, 0);
    const found = await room.listEvents(callingMember(ctx), request);
    const bytes = found.entries.reduce((sum, { data }) => sum + data.length, 0);
    const examined = found.to - found.from;
    budgets.charge("reads", address, bytes + found.entries.length * EVENT_COST + examined * EXAMINED_COST);
    return found;
  }

  return async (request, ctx) => {
    // Served for GET, too, and must not be cached.
    ctx.responseHeader.set("cache-control", "no-store");
    const { entries, epoch, from, to, atStart, lost } = await inTurn(() => page(request, ctx));
    return {
      events: entries.map((entry) => eventOfEntry(decodeEntry(entry, epoch))),
      previousCursor: writeCursor({ epoch, seq: from + 1 }),
      nextCursor: writeCursor({ epoch, seq: to }),
      atStart,
      gap: lost ? GapReason[gapReasons[lost]] : GapReason.UNSPECIFIED,
    };
  };
}

/** One after the other, with a round of the event loop between two: pages that come in a crowd do not hold up messages. */
function takeTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let previous: Promise<unknown> = Promise.resolve();
  const nextRound = () => new Promise((resolve) => setImmediate(resolve));
  return (work) => {
    const turn = previous.then(work);
    previous = turn.then(nextRound, nextRound);
    return turn;
  };
}
