import type { ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { writeCursor } from "../room/log/cursor.js";
import type { Room } from "../room/room.js";
import { userOf } from "../wire/event-codec.js";

/** ListUsers: who is here, page by page. */
export function listUsers(room: Pick<Room, "listUsers">): ServiceImpl<typeof ChatService>["listUsers"] {
  return (request, ctx) => {
    // It answers GET, too, and must not stay in anyone's cache.
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
