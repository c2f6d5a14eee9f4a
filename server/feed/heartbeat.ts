import type { Clock } from "../room/ports.js";

/** Ticks of one heartbeat interval; silence is measured in them. */
export const TICKS_PER_BEAT = 16;

/** Counts ticks while somebody is there. */
export interface Heart {
  tick(): number;
  /** Keeps it going until it is called with `false` as often as with `true`. */
  wanted(yes: boolean): void;
}

/** `onTick`: called after each tick; whoever was sent nothing for TICKS_PER_BEAT of them is due. */
export function createHeart(clock: Clock, heartbeatMs: number, onTick: () => void): Heart {
  let tick = 0;
  let holders = 0;
  let cancel: (() => void) | undefined;

  function arm(): void {
    cancel = clock.after(heartbeatMs / TICKS_PER_BEAT, () => {
      arm();
      tick++;
      onTick();
    });
  }

  return {
    tick: () => tick,
    wanted(yes) {
      holders += yes ? 1 : -1;
      if (holders > 0 && !cancel) arm();
      if (holders > 0) return;
      cancel?.();
      cancel = undefined;
    },
  };
}
