import type { ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "../../../gen/parlance/v1/chat_service_pb.js";
import type { Room } from "../../room/room.js";
import { userOf } from "../../wire/codec/user.js";
import { callingMember, tokenOf } from "../auth.js";

/** RegisterNickname: the caller's nickname becomes its own. */
export function registerNickname(
  room: Pick<Room, "registerNickname">,
): ServiceImpl<typeof ChatService>["registerNickname"] {
  return async ({ secret: chosen, requestId }, ctx) => {
    const member = callingMember(ctx);
    const token = tokenOf(ctx.requestHeader.get("authorization"));
    const secret = await room.registerNickname(member, { secret: chosen, requestId, token });
    return { secret, user: userOf(member.person) };
  };
}
