import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { writeCursor } from "../room/log/cursor.js";
import type { Room } from "../room/room.js";
import type { Sent } from "../room/verbs/message.js";
import { fastCall } from "../wire/fast-path/fast-path.js";
import { memberOf, whoOf } from "./auth.js";

/** Broadcast: a message to the whole room. */
export function broadcast(room: Pick<Room, "broadcast">): ServiceImpl<typeof ChatService>["broadcast"] {
  const { handle } = fastBroadcast(room);
  return (request, ctx) => handle(request, whoOf(ctx));
}

/** The same for the fast path. */
export function fastBroadcast(room: Pick<Room, "broadcast">) {
  return fastCall(ChatService.method.broadcast, async ({ text, requestId }, who) =>
    sentResponse(await room.broadcast(memberOf(who), text, requestId)),
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
