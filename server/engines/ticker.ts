import type { Clock } from "../room/ports.js";

/** Calls `call` every `ms`. Returns the function that stops it. */
export function every(clock: Clock, ms: number, call: () => void): () => void {
  let cancel = clock.after(ms, tick);
  function tick(): void {
    cancel = clock.after(ms, tick);
    call();
  }
  return () => cancel();
}
