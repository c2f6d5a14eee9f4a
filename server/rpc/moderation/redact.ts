import type { ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "../../../gen/parlance/v1/chat_service_pb.js";
import type { Room } from "../../room/room.js";
import { callingMember } from "../auth.js";

/** Redact: erases messages. */
export function redact(room: Pick<Room, "redact">): ServiceImpl<typeof ChatService>["redact"] {
  return async ({ ids, reason }, ctx) => ({ erased: await room.redact(callingMember(ctx), { ids, reason }) });
}
