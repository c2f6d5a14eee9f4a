import type { ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "../../../gen/parlance/v1/chat_service_pb.js";
import type { Room } from "../../room/room.js";
import { callingMember, tokenOf } from "../auth.js";

/** UnregisterNickname: the caller's nickname is given up. */
export function unregisterNickname(
  room: Pick<Room, "unregisterNickname">,
): ServiceImpl<typeof ChatService>["unregisterNickname"] {
  return async (_request, ctx) => {
    const token = tokenOf(ctx.requestHeader.get("authorization"));
    await room.unregisterNickname(callingMember(ctx), token);
    return {};
  };
}
