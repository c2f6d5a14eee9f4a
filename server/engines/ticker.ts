import type { Clock } from "../room/ports.js";

/** Calls every `ms` until the answered function is called. */
export function every(clock: Clock, ms: number, call: () => void): () => void {
  let cancel = clock.after(ms, tick);
  function tick(): void {
    cancel = clock.after(ms, tick);
    call();
  }
  return () => cancel();
}
