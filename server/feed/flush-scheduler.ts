import type { RecordKind } from "../room/log/record.js";
import type { Clock } from "../room/ports.js";

export interface PaceLimits {
  /** Readers from which on comings and goings may wait for each other. */
  readonly largeRoom: number;
  /** How long they wait, ms: less than a person notices. */
  readonly noticeMs: number;
}

/** When what was delivered goes out. */
export interface Pace {
  /** An event of this kind waits to be flushed. */
  arm(kind: RecordKind): void;
}

/**
 * Flushes at the end of the turn, so that all of a turn shares one write per reader. In a large room someone's coming
 * or going alone is not worth a write per reader: when a thousand log in one after the other, that would be half a
 * million writes. Such notices go out with the next message, or after `noticeMs`; the order of events is the log's.
 */
export function createPace(
  clock: Clock,
  { largeRoom, noticeMs }: PaceLimits,
  readers: () => number,
  flush: () => void,
): Pace {
  let atTurnsEnd = false;
  let cancelWait: (() => void) | undefined;

  function go(): void {
    atTurnsEnd = false;
    cancelWait?.();
    cancelWait = undefined;
    flush();
  }

  return {
    arm(kind) {
      if (atTurnsEnd) return;
      const isNotice = kind === "joined" || kind === "left";
      if (isNotice && readers() >= largeRoom) {
        cancelWait ??= clock.after(noticeMs, go);
        return;
      }
      atTurnsEnd = true;
      setImmediate(go);
    },
  };
}
