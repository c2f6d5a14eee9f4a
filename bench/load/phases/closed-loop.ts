import type { Crowd } from "../crowd.js";
import type { Histogram } from "../histogram.js";
import type { Ledger } from "../ledger.js";
import type { Outbox } from "../outbox.js";

/** The parts that send and count. */
export interface Stage {
  readonly crowd: Crowd;
  readonly ledger: Ledger;
  readonly outbox: Outbox;
}

/**
 * Keeps `inFlight` messages under way for `seconds`. A place sends again when everyone has its message and the server
 * has answered. Resolves when the last one is through: the phase's CPU time then covers its deliveries exactly. `answers`
 * takes how long the server's answers took.
 */
export function runClosedLoop(
  { crowd, ledger, outbox }: Stage,
  { inFlight, seconds, privateShare }: { inFlight: number; seconds: number; privateShare: number },
  answers: Histogram,
): Promise<void> {
  const endMs = performance.now() + seconds * 1000;
  let sent = 0;
  let running = inFlight;
  return new Promise((resolve) => {
    function send(place: number): void {
      const isPrivate = Math.floor((sent + 1) * privateShare) > Math.floor(sent * privateShare);
      sent += 1;
      let awaited = 2;
      const settle = () => {
        awaited -= 1;
        if (awaited > 0) return;
        if (performance.now() < endMs) {
          send(place);
          return;
        }
        running -= 1;
        if (running === 0) resolve();
      };
      const sentMs = performance.now();
      const id = ledger.open(isPrivate ? 1 : crowd.hearing, sentMs, settle);
      if (!isPrivate) crowd.spoke(id);
      outbox.publish(place, id, isPrivate ? crowd.whisper(id) : undefined, () => {
        answers.add(performance.now() - sentMs, 1);
        settle();
      });
    }
    // One place of each publisher in turn, so that few in flight still come from several members.
    for (let place = 0; place < inFlight; place += 1) send(spreadPlace(place, outbox.places));
  });
}

/** The `index`th place to use: 0, 8, 16, 24, 1, 9 ... with 32 places of four publishers. */
export function spreadPlace(index: number, places: number): number {
  const columns = 4;
  const rows = places / columns;
  return (index % columns) * rows + Math.floor(index / columns);
}
