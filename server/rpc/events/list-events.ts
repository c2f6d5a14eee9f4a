import type { ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "../../../gen/parlance/v1/chat_service_pb.js";
import type { Room } from "../../room/room.js";
import { createPages, EXAMINED_COST, type ReadBudgets } from "./pages.js";

/** ListEvents: the events of the log that the caller may see, page by page. */
export function listEvents(
  room: Pick<Room, "listEvents">,
  budgets: ReadBudgets,
): ServiceImpl<typeof ChatService>["listEvents"] {
  const read = createPages(budgets, ({ from, to }) => (to - from) * EXAMINED_COST);
  return (request, ctx) => read(ctx, (member) => room.listEvents(member, request));
}
