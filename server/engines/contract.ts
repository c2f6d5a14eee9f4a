/** The promises of server/room/ports.ts as tests: every engine and driver runs the same ones. */
import { describe, onTestFinished } from "vitest";
import type { Store } from "../room/ports.js";
import { appendPromises } from "./contract/append.js";
import { namePromises } from "./contract/names.js";
import { readPromises } from "./contract/read.js";
import { restartPromises } from "./contract/restart.js";
import { valuePromises } from "./contract/values.js";
import type { ManualClock } from "./manual-clock.js";

export interface Limits {
  readonly maxEvents?: number;
  readonly maxAgeMs?: number;
}

/** An open store under test, with the clock it runs on. */
export interface Subject {
  readonly store: Store;
  readonly clock: ManualClock;
  /** Closes the store and opens its data anew, as a restarted process does. Absent: the engine keeps no data. */
  readonly restart?: () => Promise<Store>;
  readonly dispose: () => Promise<void>;
}

/** Opens a subject that the running test disposes of. */
export type Open = (limits?: Limits) => Promise<Subject>;

/** `keeps`: the engine's data outlives its instance, so `restart` is there. */
export function contract(name: string, factory: Open, { keeps }: { readonly keeps: boolean }): void {
  const open: Open = async (limits = {}) => {
    const subject = await factory(limits);
    onTestFinished(subject.dispose);
    return subject;
  };

  describe(name, () => {
    appendPromises(open);
    readPromises(open);
    namePromises(open);
    valuePromises(open);
    describe.skipIf(!keeps)("over a restart", () => restartPromises(open));
  });
}
