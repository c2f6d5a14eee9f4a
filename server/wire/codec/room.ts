import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Entry, Speaking } from "../../../gen/parlance/v1/room_pb.js";
import type { RoomFacts } from "../../room/room-facts.js";

/** The room as the schema has it. `online`: members in it; 0 where the number is not given. */
export function roomOf({ slowModeMs, closedUntil, ...facts }: RoomFacts, online: number) {
  return {
    title: facts.title,
    entry: Entry[facts.entry],
    speaking: Speaking[facts.speaking],
    ...(slowModeMs > 0 && { slowMode: durationFromMs(slowModeMs) }),
    registration: facts.registration,
    online,
    ...(closedUntil !== undefined && { closedUntil: timestampFromMs(closedUntil) }),
  };
}
