import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { Entry, type Room as RoomMessage, Speaking } from "../../gen/parlance/v1/room_pb.js";

/** The room as a whole, see `Room` in the schema; UNKNOWN for what only a later schema has. */
export interface Room {
  /** "" if it has none. */
  readonly title: string;
  readonly entry: Exclude<keyof typeof Entry, "UNSPECIFIED"> | "UNKNOWN";
  readonly speaking: Exclude<keyof typeof Speaking, "UNSPECIFIED"> | "UNKNOWN";
  /** Least time between two messages of one member, ms; 0: none. */
  readonly slowModeMs: number;
  /** Whether guests may register their nickname. */
  readonly registration: boolean;
  /** By the server's clock, since 1970; null: the door is open. */
  readonly closedUntilMs: number | null;
}

export function roomOf({ title, entry, speaking, slowMode, registration, closedUntil }: RoomMessage): Room {
  return {
    title,
    entry: nameOf(Entry, entry),
    speaking: nameOf(Speaking, speaking),
    slowModeMs: slowMode ? durationMs(slowMode) : 0,
    registration,
    closedUntilMs: closedUntil ? timestampMs(closedUntil) : null,
  };
}

/** The name of an enum's value; UNKNOWN for those of a later schema, and for what was not given. */
export function nameOf<Name extends string>(
  names: { readonly [key in Name]: number } & { readonly [value: number]: string },
  value: number,
): Exclude<Name, "UNSPECIFIED"> | "UNKNOWN" {
  const name = names[value] as Name | undefined;
  return name === undefined || name === "UNSPECIFIED" ? "UNKNOWN" : (name as Exclude<Name, "UNSPECIFIED">);
}
