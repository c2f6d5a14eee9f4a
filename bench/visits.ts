import type { Phase } from "./job.js";

export const shortTextBytes = 80;
export const longTextBytes = 2048;
/** A room in which everyone listens to short messages. */
export const plain = {
  ignoringShare: 0,
  stalledShare: 0,
  textBytes: shortTextBytes,
  warmSubscribers: 0,
  arriving: false,
};

/** Time that a phase is measured, and time before that. */
export interface Times {
  readonly seconds: number;
  readonly warmSeconds: number;
}

export const usual: Times = { seconds: 2, warmSeconds: 1 };
export const quickly: Times = { seconds: 0.6, warmSeconds: 0.4 };
/** A message costs so little with one subscriber that compilers need longer to see it often. */
export const unhurried: Times = { seconds: 2, warmSeconds: 3 };

export function closed(workload: string, inFlight: number, times: Times, privateShare = 0): Phase {
  return { kind: "closed", workload, inFlight, privateShare, ...times };
}
