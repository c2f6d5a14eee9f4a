import type { ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { GapReason } from "../../gen/parlance/v1/event_pb.js";
import { decodeEntry } from "../feed/encoding.js";
import { gapReasons } from "../feed/signals.js";
import { writeCursor } from "../room/log/cursor.js";
import type { AddressBudgets } from "../room/members/address-budgets.js";
import type { Room } from "../room/room.js";
import { addressKey } from "../wire/address.js";
import { eventOfEntry } from "../wire/event-codec.js";
import { callingMember } from "./auth.js";

/** What events cost the budget of reads beside their bytes: for each that is returned, and each that is examined. */
const EVENT_COST = 2_000;
const EXAMINED_COST = 200;

/** ListEvents: the events of the log that the caller may see, page by page. */
export function listEvents(
  room: Pick<Room, "listEvents">,
  budgets: Pick<AddressBudgets, "charge">,
): ServiceImpl<typeof ChatService>["listEvents"] {
  return async (request, ctx) => {
    // Served for GET, too, and must not be cached.
    ctx.responseHeader.set("cache-control", "no-store");
    const { entries, epoch, from, to, atStart, lost } = await room.listEvents(callingMember(ctx), request);
    const bytes = entries.reduce((sum, { data }) => sum + data.length, 0);
    const cost = bytes + entries.length * EVENT_COST + (to - from) * EXAMINED_COST;
    budgets.charge("reads", ctx.values.get(addressKey), cost);
    return {
      events: entries.map((entry) => eventOfEntry(decodeEntry(entry, epoch))),
      previousCursor: writeCursor({ epoch, seq: from + 1 }),
      nextCursor: writeCursor({ epoch, seq: to }),
      atStart,
      gap: lost ? GapReason[gapReasons[lost]] : GapReason.UNSPECIFIED,
    };
  };
}
