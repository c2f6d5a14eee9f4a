import type { Clock } from "../../server/room/ports.js";

/** A clock that moves only by `advance` and `stepWall`. */
export interface ManualClock extends Clock {
  /** Advances both clocks by `ms` and fires the timers that fall due, in order. */
  advance(ms: number): void;
  /** Steps the wall clock alone, like an administrator or a time server; `ms` may be negative. */
  stepWall(ms: number): void;
}

interface Timer {
  readonly at: number;
  readonly call: () => void;
}

/** `startMs`: the wall clock's first reading, ms since 1970. */
export function createManualClock(startMs = 1_750_000_000_000): ManualClock {
  let wall = startMs;
  let elapsed = 0;
  const timers = new Set<Timer>();

  function due(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers) if (timer.at <= until && (!first || timer.at < first.at)) first = timer;
    return first;
  }

  function moveTo(moment: number): void {
    wall += moment - elapsed;
    elapsed = moment;
  }

  return {
    // Whole, like Date.now: a timer may fall due between two milliseconds.
    now: () => Math.floor(wall),
    monotonic: () => elapsed,
    after(ms, call) {
      const timer = { at: elapsed + ms, call };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const until = elapsed + ms;
      for (let timer = due(until); timer; timer = due(until)) {
        timers.delete(timer);
        moveTo(timer.at);
        timer.call();
      }
      moveTo(until);
    },
    stepWall(ms) {
      wall += ms;
    },
  };
}
