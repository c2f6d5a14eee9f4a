import type { Phase } from "./job.js";
import type { System } from "./systems/system.js";

export const shortTextBytes = 80;
export const longTextBytes = 2048;
/** A room in which all subscribers receive short messages. */
export const plain = {
  ignoringShare: 0,
  stalledShare: 0,
  textBytes: shortTextBytes,
  placement: "spread",
  warmSubscribers: 0,
  arriving: false,
} as const;

/** Duration of a phase, and of its warm-up. */
export interface Times {
  readonly seconds: number;
  readonly warmSeconds: number;
}

export const usual: Times = { seconds: 2, warmSeconds: 1 };
export const quickly: Times = { seconds: 0.6, warmSeconds: 0.4 };
/** With one subscriber a message is so cheap that the JIT compiler needs longer. */
export const unhurried: Times = { seconds: 2, warmSeconds: 3 };

export function closed(workload: string, inFlight: number, times: Times, privateShare = 0): Phase {
  return { kind: "closed", workload, inFlight, privateShare, ...times };
}

/**
 * Whether a phase applies to a system. A throttled one has no figures of connecting; what a collection frees is only
 * known where it can be forced.
 */
export function canRun({ pacedAtOnce, collectable }: System, phase: Phase): boolean {
  if (phase.kind === "storm" || phase.kind === "arrivals") return pacedAtOnce === undefined;
  return phase.kind !== "idle" || !phase.forced || collectable;
}
