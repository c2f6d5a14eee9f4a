import type { ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { GapReason } from "../../gen/parlance/v1/event_pb.js";
import { gapReasons } from "../feed/control-events.js";
import { decodeEntry } from "../feed/encoding.js";
import { writeCursor } from "../room/log/cursor.js";
import type { Room } from "../room/room.js";
import { eventOfEntry } from "../wire/event-codec.js";
import { callingMember } from "./auth.js";

/** ListEvents: the events of the log that the caller may see, page by page. */
export function listEvents(room: Pick<Room, "listEvents">): ServiceImpl<typeof ChatService>["listEvents"] {
  return async (request, ctx) => {
    // Served for GET, too, and must not be cached.
    ctx.responseHeader.set("cache-control", "no-store");
    const { entries, epoch, from, to, atStart, lost } = await room.listEvents(callingMember(ctx), request);
    return {
      events: entries.map((entry) => eventOfEntry(decodeEntry(entry, epoch))),
      previousCursor: writeCursor({ epoch, seq: from + 1 }),
      nextCursor: writeCursor({ epoch, seq: to }),
      atStart,
      gap: lost ? GapReason[gapReasons[lost]] : GapReason.UNSPECIFIED,
    };
  };
}
