import type { ServiceImpl } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Room } from "../room/room.js";
import { fastCall } from "../wire/fast-path.js";
import { callingMember } from "./auth.js";
import { appendedResponse } from "./broadcast.js";

/** SendTo: a message to one person. */
export function sendTo(room: Pick<Room, "sendTo">): ServiceImpl<typeof ChatService>["sendTo"] {
  const { handle } = fastSendTo(room);
  return (request, ctx) => handle(callingMember(ctx), request);
}

/** The same for the fast path. */
export function fastSendTo(room: Pick<Room, "sendTo">) {
  return fastCall(ChatService.method.sendTo, async (member, { nickname, text, requestId }) =>
    appendedResponse(await room.sendTo(member, nickname, text, requestId)),
  );
}
