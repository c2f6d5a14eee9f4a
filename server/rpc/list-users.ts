import type { ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { writeCursor } from "../room/log/cursor.js";
import type { Room } from "../room/room.js";
import { userOf } from "../wire/event-codec.js";

/** ListUsers: the members of the room, page by page. */
export function listUsers(room: Pick<Room, "listUsers">): ServiceImpl<typeof ChatService>["listUsers"] {
  return (request, ctx) => {
    // Served for GET, too, and must not be cached.
    ctx.responseHeader.set("cache-control", "no-store");
    const page = room.listUsers(request);
    return {
      users: page.users.map(userOf),
      nextPageToken: page.nextPageToken,
      total: page.total,
      cursor: writeCursor(page.position),
    };
  };
}
