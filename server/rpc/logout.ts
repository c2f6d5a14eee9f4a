import type { ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Room } from "../room/room.js";
import { callingMember } from "./auth.js";

/** Logout: leaves now. */
export function logout(room: Pick<Room, "logout">): ServiceImpl<typeof ChatService>["logout"] {
  return async (_request, ctx) => {
    await room.logout(callingMember(ctx));
    return {};
  };
}
