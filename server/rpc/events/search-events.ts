import { setImmediate as nextTurn } from "node:timers/promises";
import type { ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "../../../gen/parlance/v1/chat_service_pb.js";
import type { Room } from "../../room/room.js";
import type { FoundPage } from "../../room/verbs/events/search-events.js";
import { createPages, EXAMINED_COST, type ReadBudgets } from "./pages.js";

/** What an entry costs that is searched in memory. */
const SEARCHED_COST = 2;

/** SearchEvents: those events that contain a text, page by page. */
export function searchEvents(
  room: Pick<Room, "searchEvents">,
  budgets: ReadBudgets,
): ServiceImpl<typeof ChatService>["searchEvents"] {
  const read = createPages<FoundPage>(
    budgets,
    ({ from, to, read, readBytes }) => (to - from) * SEARCHED_COST + read * EXAMINED_COST + readBytes,
  );
  return (request, ctx) => read(ctx, (member) => room.searchEvents(member, request, nextTurn));
}
