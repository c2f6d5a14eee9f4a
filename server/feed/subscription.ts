import type { Position } from "../room/ports.js";
import type { Beginning } from "./catch-up.js";
import { type EndReason, goodbyeFor } from "./control-events.js";
import { placeOf } from "./progress.js";
import { type Core, type Outlet, ParkedReader } from "./push-reader.js";

/** One feed of one reader. It begins behind `position` and is read once. */
export interface Subscription {
  /** Where it begins. */
  readonly position: Position;
  /** Whether it goes on from the place that was asked for. */
  readonly resumed: boolean;
  /** Writes to the outlet until it is over. Rejects with FeedEnded, or the signal's reason. */
  park(outlet: Outlet, signal: AbortSignal): Promise<never>;
  /** The server ends it. */
  end(reason: EndReason): void;
  /** It is over, or was never begun; may be called twice. */
  close(): void;
}

interface Options {
  readonly retryAfterMs: number;
  /** The server ends it, for this reason. */
  readonly ended: (reason: EndReason) => void;
  readonly closed: () => void;
}

export function createSubscription(
  core: Core,
  { progress, resumed }: Beginning,
  { retryAfterMs, ended: onEnd, closed }: Options,
): Subscription {
  let ended: EndReason | undefined;
  let reader: ParkedReader | undefined;

  function end(reason: EndReason): void {
    if (ended) return;
    ended = reason;
    onEnd(reason);
    reader?.end(goodbyeFor(reason, retryAfterMs));
  }
  const tooSlow = () => end("TOO_SLOW");

  return {
    position: placeOf(progress),
    resumed,
    park(outlet, signal) {
      return new Promise<never>((_, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const parked = new ParkedReader(core, progress, outlet, reject, tooSlow);
        reader = parked;
        signal.addEventListener("abort", () => parked.close(signal.reason), { once: true });
        if (ended) parked.end(goodbyeFor(ended, retryAfterMs));
      });
    },
    end,
    close: closed,
  };
}
