/** The promises of server/room/ports.ts as tests, the same for every engine. */
import { describe, onTestFinished } from "vitest";
import { appendPromises } from "./contract/append.js";
import { erasePromises } from "./contract/erase.js";
import { namePromises } from "./contract/names.js";
import { readPromises } from "./contract/read.js";
import { restartPromises } from "./contract/restart.js";
import type { Open } from "./contract/subject.js";
import { valuePromises } from "./contract/values.js";

export type { Limits, Open, Subject } from "./contract/subject.js";

/** `keeps`: the engine's data outlives its instance, so `restart` exists. */
export function contract(name: string, factory: Open, { keeps }: { readonly keeps: boolean }): void {
  const open: Open = async (limits = {}) => {
    const subject = await factory(limits);
    onTestFinished(subject.dispose);
    return subject;
  };

  describe(name, () => {
    appendPromises(open);
    erasePromises(open);
    readPromises(open);
    namePromises(open);
    valuePromises(open);
    describe.skipIf(!keeps)("over a restart", () => restartPromises(open));
  });
}
