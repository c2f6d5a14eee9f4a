import type { ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Room } from "../room/room.js";
import { placed } from "./broadcast.js";
import { callingMember } from "./calling.js";

/** SendTo: a message to one person. */
export function sendTo(room: Pick<Room, "whisper">): ServiceImpl<typeof ChatService>["sendTo"] {
  return async ({ nickname, text, requestId }, ctx) =>
    placed(await room.whisper(callingMember(ctx), nickname, text, requestId));
}
