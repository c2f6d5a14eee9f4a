import type { ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Room } from "../room/room.js";
import { callingMember } from "./auth.js";
import { sentResponse } from "./broadcast.js";

/** EditMessage: another text of a message of the caller. */
export function editMessage(room: Pick<Room, "editMessage">): ServiceImpl<typeof ChatService>["editMessage"] {
  return async (request, ctx) => sentResponse(await room.editMessage(callingMember(ctx), request));
}
