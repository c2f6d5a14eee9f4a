import type { BackgroundWrites } from "./background.js";
import type { Edits } from "./log/edits.js";
import type { Erasures } from "./log/erasures.js";
import {
  type DecodeDetails,
  type DecodeUser,
  type EncodeEvent,
  NONCE_BYTES,
  type RoomEvent,
  writeRecord,
} from "./log/record.js";
import type { SearchBlocks } from "./log/search-blocks.js";
import type { Tailer } from "./log/tailer.js";
import type { IgnoreHistories } from "./members/ignore-history.js";
import type { Member } from "./members/member.js";
import type { NameLeases, Write } from "./members/name-leases.js";
import type { Presence } from "./members/presence.js";
import type { Roster } from "./members/roster.js";
import type { Sessions } from "./members/sessions.js";
import type { Registrations } from "./names/registrations.js";
import type { Guesses, Secrets } from "./names/secrets.js";
import type { Observer } from "./observer.js";
import type { Order } from "./order/order.js";
import type { Appended, Clock, EventLog, Ids } from "./ports.js";
import type { RoomSettings } from "./settings.js";

/** The room's state and ports, as each verb gets them. */
export interface RoomContext {
  readonly settings: RoomSettings;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly observe: Observer;
  readonly encode: EncodeEvent;
  readonly decodeUser: DecodeUser;
  readonly decodeDetails: DecodeDetails;
  readonly log: EventLog;
  readonly tailer: Tailer;
  readonly searchBlocks: SearchBlocks;
  readonly edits: Edits;
  readonly roster: Roster;
  readonly presence: Presence;
  readonly leases: NameLeases;
  readonly sessions: Sessions;
  readonly registrations: Registrations;
  /** Appends what a member sends that is not in the room (names/posters.ts). */
  readonly post: (poster: Member, write: () => Write) => Promise<Appended>;
  readonly secrets: Secrets;
  readonly guesses: Guesses;
  /** Of members that are not in the room. */
  readonly ignoreHistories: IgnoreHistories;
  /** Ends of stays in progress, by member id: a registered nickname has the same id in its next stay. */
  readonly ending: Map<string, Promise<unknown>>;
  readonly order: Order;
  readonly background: BackgroundWrites;
  /** Whether several processes serve the room. */
  readonly shared: boolean;
  /**
   * Resolves when the room has applied all that is in the log by now, and has read what moderators changed by it; undefined
   * if it always has, because this process alone appends. Before a refusal that depends on what other processes appended, and before every read.
   */
  readonly caughtUp: () => Promise<void> | undefined;
  /** What the entries applied so far have erased. */
  readonly erasures: Erasures;
  /** Whether the room is shutting down. */
  readonly isClosing: () => boolean;
}

/** The record of a new event, and the nonce that is a part of the event's id. `erases`: numbers of what it erases. */
export function recordOf(
  { encode, ids }: Pick<RoomContext, "encode" | "ids">,
  event: RoomEvent,
  erases?: readonly number[],
): { readonly record: Uint8Array; readonly nonce: Uint8Array } {
  const nonce = ids.bytes(NONCE_BYTES);
  return { record: writeRecord(event, encode, nonce, erases), nonce };
}
