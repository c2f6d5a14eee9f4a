import type { BackgroundWrites } from "./background.js";
import {
  type DecodeJoined,
  type EncodeEvent,
  NONCE_BYTES,
  type RoomEvent,
  writeRecord,
} from "./log/record.js";
import type { Tailer } from "./log/tailer.js";
import type { NameLeases } from "./members/name-leases.js";
import type { Presence } from "./members/presence.js";
import type { Roster } from "./members/roster.js";
import type { Sessions } from "./members/sessions.js";
import type { Observer } from "./observer.js";
import type { Clock, EventLog, Ids } from "./ports.js";
import type { RoomSettings } from "./settings.js";

/** The room's state and ports, as each verb gets them. */
export interface RoomContext {
  readonly settings: RoomSettings;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly observe: Observer;
  readonly encode: EncodeEvent;
  readonly decodeJoined: DecodeJoined;
  readonly log: EventLog;
  readonly tailer: Tailer;
  readonly roster: Roster;
  readonly presence: Presence;
  readonly leases: NameLeases;
  readonly sessions: Sessions;
  readonly background: BackgroundWrites;
  /** Whether several processes serve the room. */
  readonly shared: boolean;
  /**
   * Resolves when the room has applied all that is in the log by now; undefined if it always has, because this process
   * alone appends. Before a refusal that depends on what other processes appended, and before every read.
   */
  readonly caughtUp: () => Promise<void> | undefined;
  /** Whether the room is shutting down. */
  readonly isClosing: () => boolean;
}

/** The record of a new event, and the nonce that is a part of the event's id. */
export function recordOf(
  { encode, ids }: Pick<RoomContext, "encode" | "ids">,
  event: RoomEvent,
): { readonly record: Uint8Array; readonly nonce: Uint8Array } {
  const nonce = ids.bytes(NONCE_BYTES);
  return { record: writeRecord(event, encode, nonce), nonce };
}
