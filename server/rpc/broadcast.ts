import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { writeCursor } from "../room/log/cursor.js";
import type { Room } from "../room/room.js";
import type { Sent } from "../room/verbs/message.js";
import { unaryHandler } from "../wire/handlers.js";
import { memberOf, whoOf } from "./auth.js";

/** Broadcast: a message to the whole room. */
export function broadcast(room: Pick<Room, "broadcast">): ServiceImpl<typeof ChatService>["broadcast"] {
  const { handle } = broadcastHandler(room);
  return (request, ctx) => handle(request, whoOf(ctx));
}

/** The same in plain values. */
export function broadcastHandler(room: Pick<Room, "broadcast">) {
  return unaryHandler(ChatService.method.broadcast, async ({ text, requestId, replyToId }, who) =>
    sentResponse(await room.broadcast(memberOf(who), text, requestId, replyToId)),
  );
}

/** A message that was appended, as the schema returns it. */
export function sentResponse(sent: Sent) {
  return {
    id: sent.id,
    cursor: writeCursor(sent),
    time: timestampFromMs(sent.at),
    duplicate: sent.duplicate,
  };
}
