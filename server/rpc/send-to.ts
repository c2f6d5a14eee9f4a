import type { ServiceImpl } from "@connectrpc/connect";
import { ChatService, Presence } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Room } from "../room/room.js";
import { fastCall } from "../wire/fast-path/fast-path.js";
import { memberOf, whoOf } from "./auth.js";
import { sentResponse } from "./broadcast.js";

/** SendTo: a message to one person. */
export function sendTo(room: Pick<Room, "sendTo">): ServiceImpl<typeof ChatService>["sendTo"] {
  const { handle } = fastSendTo(room);
  return (request, ctx) => handle(request, whoOf(ctx));
}

/** The same for the fast path. */
export function fastSendTo(room: Pick<Room, "sendTo">) {
  return fastCall(ChatService.method.sendTo, async (request, who) => {
    const sent = await room.sendTo(memberOf(who), request);
    return { ...sentResponse(sent), recipientPresence: Presence[sent.recipientPresence] };
  });
}
