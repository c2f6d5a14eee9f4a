import type { ServiceImpl } from "@connectrpc/connect";
import { ChatService, Presence } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Room } from "../room/room.js";
import { unaryHandler } from "../wire/handlers.js";
import { memberOf, whoOf } from "./auth.js";
import { sentResponse } from "./broadcast.js";

/** SendTo: a message to one person. */
export function sendTo(room: Pick<Room, "sendTo">): ServiceImpl<typeof ChatService>["sendTo"] {
  const { handle } = sendToHandler(room);
  return (request, ctx) => handle(request, whoOf(ctx));
}

/** The same in plain values. */
export function sendToHandler(room: Pick<Room, "sendTo">) {
  return unaryHandler(ChatService.method.sendTo, async (request, who) => {
    const sent = await room.sendTo(memberOf(who), request);
    const { recipientPresence, stored } = sent;
    return { ...sentResponse(sent), recipientPresence: Presence[recipientPresence], stored };
  });
}
