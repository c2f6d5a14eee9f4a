/** What an operator may set of the room. */
export interface RoomSettings {
  /** How long a member stays after the last feed closed or the last call, whichever is later. */
  readonly graceMs: number;
  /** How long a member who never opened a feed stays after the last call. */
  readonly idleMs: number;
  readonly maxMembers: number;
  readonly maxFeedsPerMember: number;
  /** Bytes of UTF-8. */
  readonly maxTextBytes: number;
  readonly maxTextLines: number;
  /** Messages a second and member in the long run; 0: no limit. */
  readonly messagesPerSecond: number;
  /** Messages at once before the rate applies. */
  readonly messageBurst: number;
  /** Words that nobody may be called, such as the commands of clients. */
  readonly reservedNames: readonly string[];
}

export const defaultRoomSettings: RoomSettings = {
  graceMs: 30_000,
  idleMs: 300_000,
  maxMembers: 10_000,
  maxFeedsPerMember: 8,
  maxTextBytes: 4_096,
  maxTextLines: 50,
  messagesPerSecond: 10,
  messageBurst: 30,
  reservedNames: [],
};
