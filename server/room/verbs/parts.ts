import type { EncodeEvent } from "../log/record.js";
import type { NameLeases } from "../members/name-leases.js";
import type { Roster } from "../members/roster.js";
import type { Sessions } from "../members/sessions.js";
import type { Observer } from "../observer.js";
import type { Clock, Ids, Position } from "../ports.js";
import type { RoomSettings } from "../settings.js";

/** What the verbs of the room share; each takes the part it needs. */
export interface RoomParts {
  readonly settings: RoomSettings;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly observe: Observer;
  readonly encode: EncodeEvent;
  readonly roster: Roster;
  readonly leases: NameLeases;
  readonly sessions: Sessions;
  /** Resolves when the room has applied everything up to there. */
  readonly applied: (position: Position) => Promise<void>;
  /** Whether the room is on its way to the end. */
  readonly closing: () => boolean;
}
