import type { Position } from "../room/ports.js";
import type { Core } from "./core.js";
import { type EndReason, goodbyeFor } from "./notes.js";
import { type Outlet, ParkedReader } from "./parked.js";
import { type FeedItem, placeOf } from "./progress.js";
import { createPullingReader } from "./pulling.js";
import type { Beginning } from "./start.js";

/** One feed of one reader. It begins behind `position` and is read in one of two ways, once. */
export interface Subscription {
  /** Where it begins. */
  readonly position: Position;
  /** Whether it goes on from the place that was asked for. */
  readonly resumed: boolean;
  /** Writes to the outlet until it is over. Rejects with FeedEnded, or the signal's reason. */
  park(outlet: Outlet, signal: AbortSignal): Promise<never>;
  /** Item by item. Throws what `park` rejects with. `cut`: ends the stream by force, where that is possible. */
  read(signal: AbortSignal, cut?: () => void): AsyncGenerator<FeedItem, never>;
  /** The server ends it. */
  end(reason: EndReason): void;
  /** It is over, or was never begun; may be called twice. */
  close(): void;
}

interface Options {
  readonly retryAfterMs: number;
  readonly closed: () => void;
}

export function createSubscription(
  core: Core,
  { progress, resumed }: Beginning,
  { retryAfterMs, closed }: Options,
): Subscription {
  let ended: EndReason | undefined;
  let endReader: ((reason: EndReason) => void) | undefined;

  function end(reason: EndReason): void {
    if (ended) return;
    ended = reason;
    endReader?.(reason);
  }
  const goodbye = (reason: EndReason) => goodbyeFor(reason, retryAfterMs);
  const tooSlow = () => end("TOO_SLOW");

  return {
    position: placeOf(progress),
    resumed,
    park(outlet, signal) {
      return new Promise<never>((_, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const reader = new ParkedReader(core, progress, outlet, reject, tooSlow);
        endReader = (reason) => reader.end(goodbye(reason));
        signal.addEventListener("abort", () => reader.close(signal.reason), { once: true });
        if (ended) endReader(ended);
      });
    },
    read(signal, cut = () => {}) {
      const reader = createPullingReader(core, progress, { signal, tooSlow, cut });
      endReader = (reason) => reader.end(goodbye(reason));
      if (ended) endReader(ended);
      return reader.items();
    },
    end,
    close: closed,
  };
}
