import type { ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Room } from "../room/room.js";
import { callingMember } from "./auth.js";

/** ToggleIgnore: the caller's switch for group messages. */
export function toggleIgnore(
  room: Pick<Room, "toggleIgnore">,
): ServiceImpl<typeof ChatService>["toggleIgnore"] {
  return ({ ignoring, requestId }, ctx) => room.toggleIgnore(callingMember(ctx), ignoring, requestId);
}
