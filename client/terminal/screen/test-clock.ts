/** For tests: a clock that moves only when advanced. */
import { createManualClock } from "../../../test/support/manual-clock.js";
import type { Clock } from "./renderer.js";

export interface FakeClock extends Clock {
  /** Advances by `ms` and runs the tasks that become due, in order. */
  advance(ms: number): void;
}

/** The one of the server's tests, with the names that the renderer uses. */
export function createFakeClock(): FakeClock {
  const clock = createManualClock();
  return { now: clock.monotonic, schedule: (task, ms) => clock.after(ms, task), advance: clock.advance };
}
