import type { RoomFacts } from "./room-facts.js";

/** Settings of the room. */
export interface RoomSettings {
  /** How long a member stays after its last feed closed or its last call, whichever is later. */
  readonly graceMs: number;
  /** How long a member that never opened a feed stays after its last call. */
  readonly idleMs: number;
  readonly maxMembers: number;
  readonly maxFeedsPerMember: number;
  /** Bytes of UTF-8. */
  readonly maxTextBytes: number;
  readonly maxTextLines: number;
  /** Messages per second and member in the long run; 0: no limit. */
  readonly messagesPerSecond: number;
  /** Messages a member may send at once before the rate applies. */
  readonly messageBurst: number;
  /** Words that are no nickname, such as the commands of clients. */
  readonly reservedNames: readonly string[];
  /** Message of the day, until an owner sets another; empty: none. */
  readonly motd: string;
  /** Who may log in, until an owner sets it otherwise. */
  readonly entry: RoomFacts["entry"];
  /** What admits guests where entry asks for it; empty: nothing does. */
  readonly passphrase: string;
  /** How long the log keeps messages. */
  readonly keepMs: number;
  /** How long a registered nickname is kept that is not used; Infinity: for ever. */
  readonly unusedNamesMs: number;
  /** Registered nicknames, and those that were given up and are not open again yet. */
  readonly maxRegistrations: number;
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
  motd: "",
  entry: "OPEN",
  passphrase: "",
  keepMs: 30 * 86_400_000,
  unusedNamesMs: 365 * 86_400_000,
  maxRegistrations: 100_000,
};
