import type { Crowd } from "../crowd.js";
import type { Histogram } from "../histogram.js";
import type { Ledger } from "../ledger.js";
import type { Outbox } from "../outbox.js";

/** What sends and counts. */
export interface Stage {
  readonly crowd: Crowd;
  readonly ledger: Ledger;
  readonly outbox: Outbox;
}

/**
 * Keeps `inFlight` messages in flight for `seconds`. A slot sends again when all subscribers have its message and the
 * server has responded. Resolves when the last one is complete: the phase's CPU time then covers its deliveries exactly.
 * `responses` receives the response times.
 */
export function runClosedLoop(
  { crowd, ledger, outbox }: Stage,
  { inFlight, seconds, privateShare }: { inFlight: number; seconds: number; privateShare: number },
  responses: Histogram,
): Promise<void> {
  const endMs = performance.now() + seconds * 1000;
  let sent = 0;
  let running = inFlight;
  return new Promise((resolve) => {
    function send(slot: number): void {
      const isPrivate = Math.floor((sent + 1) * privateShare) > Math.floor(sent * privateShare);
      sent += 1;
      let awaited = 2;
      const settle = () => {
        awaited -= 1;
        if (awaited > 0) return;
        if (performance.now() < endMs) {
          send(slot);
          return;
        }
        running -= 1;
        if (running === 0) resolve();
      };
      const sentMs = performance.now();
      const id = ledger.open(isPrivate ? 1 : crowd.receiving, sentMs, settle);
      if (!isPrivate) crowd.spoke(id);
      outbox.publish(slot, id, isPrivate ? crowd.sendPrivate(id) : undefined, () => {
        responses.add(performance.now() - sentMs, 1);
        settle();
      });
    }
    // One slot of each publisher in turn, so that few messages in flight still have several senders.
    for (let slot = 0; slot < inFlight; slot += 1) send(spreadSlot(slot, outbox.slots));
  });
}

/** The `index`th slot to use: 0, 8, 16, 24, 1, 9 ... with 32 slots of four publishers. */
export function spreadSlot(index: number, slots: number): number {
  const columns = 4;
  const rows = slots / columns;
  return (index % columns) * rows + Math.floor(index / columns);
}
