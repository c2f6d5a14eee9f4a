import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { writeCursor } from "../room/cursor.js";
import type { Appended } from "../room/ports.js";
import type { Room } from "../room/room.js";
import { callingMember } from "./calling.js";

/** Broadcast: a message to the whole room. */
export function broadcast(room: Pick<Room, "say">): ServiceImpl<typeof ChatService>["broadcast"] {
  return async (request, ctx) => placed(await room.say(callingMember(ctx), request.text, request.requestId));
}

/** A message's place as the schema has it. */
export function placed(appended: Appended) {
  return {
    cursor: writeCursor(appended),
    time: timestampFromMs(appended.at),
    duplicate: appended.duplicate,
  };
}
