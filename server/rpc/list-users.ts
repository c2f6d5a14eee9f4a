import type { ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { writeCursor } from "../room/log/cursor.js";
import type { AddressBudgets } from "../room/members/address-budgets.js";
import type { Room } from "../room/room.js";
import { callerKey } from "../wire/address.js";
import { userOf } from "../wire/event-codec.js";

/** What a user costs the budget of reads: the work of listing one is that of so many bytes of messages. */
const USER_COST = 1_200;

/** ListUsers: the members of the room, page by page. */
export function listUsers(
  room: Pick<Room, "listUsers">,
  budgets: Pick<AddressBudgets, "charge">,
): ServiceImpl<typeof ChatService>["listUsers"] {
  return (request, ctx) => {
    // Served for GET, too, and must not be cached.
    ctx.responseHeader.set("cache-control", "no-store");
    const page = room.listUsers(request);
    budgets.charge("reads", ctx.values.get(callerKey).budget, page.users.length * USER_COST);
    return {
      users: page.users.map(userOf),
      nextPageToken: page.nextPageToken,
      total: page.total,
      cursor: writeCursor(page.position),
    };
  };
}
