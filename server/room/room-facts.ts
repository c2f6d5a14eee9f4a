/** The room as callers may see it before they enter, but for the number of members. The names are those of the schema. */
export interface RoomFacts {
  /** Empty if it has none. */
  readonly title: string;
  readonly entry: "OPEN" | "INVITE" | "REGISTERED" | "EXTERNAL";
  readonly speaking: "EVERYONE" | "REGISTERED" | "MODERATORS";
  /** Least time between two messages of one member; 0: none. */
  readonly slowModeMs: number;
  /** Whether guests may register their nickname. */
  readonly registration: boolean;
  /** ms since 1970; undefined: the door is open. */
  readonly closedUntil?: number;
}

/** A room that everyone may enter, and in which everyone may speak, as a guest. */
export const openRoomFacts: RoomFacts = {
  title: "",
  entry: "OPEN",
  speaking: "EVERYONE",
  slowModeMs: 0,
  registration: true,
};
