import type { Clock } from "../room/ports.js";
import type { Heart } from "./heart.js";
import type { Live } from "./live.js";
import type { Ring } from "./ring.js";
import type { Source } from "./source.js";
import type { StallLimits, Stalls } from "./stalls.js";

/** What the two kinds of readers, parked and pulling, share. */
export interface Core {
  readonly clock: Clock;
  readonly ring: Ring;
  readonly live: Live;
  readonly source: Source;
  readonly stalls: Stalls;
  readonly heart: Heart;
  readonly limits: StallLimits;
  /** Called once after the next flush that moves the head, or a reset. */
  readonly onFlush: Set<() => void>;
  /** Called after each tick of the heart. */
  readonly onTick: Set<() => void>;
}
