import type { ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { writeCursor } from "../room/log/cursor.js";
import type { AddressBudgets } from "../room/members/address-budgets.js";
import type { Room } from "../room/room.js";
import { callerKey } from "../wire/address.js";
import { binaryResponseOfUsers, responseOfUsers } from "../wire/codec/user.js";

/** What a user costs the budget of reads: the work of listing one is that of so many bytes of messages. */
const USER_COST = 1_200;
/** The types that Connect, gRPC and gRPC-Web respond with if the call is in protobuf. */
const BINARY = /[/+]proto$/;

/** ListUsers: the members of the room, page by page. */
export function listUsers(
  room: Pick<Room, "listUsers">,
  budgets: Pick<AddressBudgets, "charge">,
): ServiceImpl<typeof ChatService>["listUsers"] {
  return async (request, ctx) => {
    // Served for GET, too, and must not be cached.
    ctx.responseHeader.set("cache-control", "no-store");
    const { users, nextPageToken, total, position } = await room.listUsers(request);
    budgets.charge("reads", ctx.values.get(callerKey).budget, users.length * USER_COST);
    const facts = { nextPageToken, totalSize: total, cursor: writeCursor(position) };
    const isBinary = BINARY.test(ctx.responseHeader.get("content-type") ?? "");
    return isBinary ? binaryResponseOfUsers(users, facts) : responseOfUsers(users, facts);
  };
}
