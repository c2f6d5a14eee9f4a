import type { ManualClock } from "../../../test/support/manual-clock.js";
import type { Store } from "../../room/ports.js";

export interface Limits {
  readonly maxEvents?: number;
  readonly maxKept?: number;
  readonly maxAgeMs?: number;
}

/** An open store under test, with the clock it runs on. */
export interface Subject {
  readonly store: Store;
  readonly clock: ManualClock;
  /** Closes the store and reopens its data, as a restarted process does. Absent: the engine keeps no data. */
  readonly restart?: () => Promise<Store>;
  readonly dispose: () => Promise<void>;
}

/** Opens a subject that the running test disposes of. */
export type Open = (limits?: Limits) => Promise<Subject>;
