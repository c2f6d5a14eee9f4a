import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { writeCursor } from "../room/log/cursor.js";
import type { Appended } from "../room/ports.js";
import type { Room } from "../room/room.js";
import { shortCall } from "../wire/fast-path.js";
import { callingMember } from "./calling.js";

/** Broadcast: a message to the whole room. */
export function broadcast(room: Pick<Room, "say">): ServiceImpl<typeof ChatService>["broadcast"] {
  const { answer } = shortBroadcast(room);
  return (request, ctx) => answer(callingMember(ctx), request);
}

/** The same for the short lane. */
export function shortBroadcast(room: Pick<Room, "say">) {
  return shortCall(ChatService.method.broadcast, async (member, { text, requestId }) =>
    placed(await room.say(member, text, requestId)),
  );
}

/** A message's place as the schema has it. */
export function placed(appended: Appended) {
  return {
    cursor: writeCursor(appended),
    time: timestampFromMs(appended.at),
    duplicate: appended.duplicate,
  };
}
