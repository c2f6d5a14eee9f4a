import type { ServiceImpl } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Room } from "../room/room.js";
import { shortCall } from "../wire/fast-path.js";
import { placed } from "./broadcast.js";
import { callingMember } from "./calling.js";

/** SendTo: a message to one person. */
export function sendTo(room: Pick<Room, "whisper">): ServiceImpl<typeof ChatService>["sendTo"] {
  const { answer } = shortSendTo(room);
  return (request, ctx) => answer(callingMember(ctx), request);
}

/** The same for the short lane. */
export function shortSendTo(room: Pick<Room, "whisper">) {
  return shortCall(ChatService.method.sendTo, async (member, { nickname, text, requestId }) =>
    placed(await room.whisper(member, nickname, text, requestId)),
  );
}
