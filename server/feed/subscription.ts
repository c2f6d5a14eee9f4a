import type { EndReason } from "../room/errors.js";
import type { Position } from "../room/ports.js";
import type { Beginning } from "./catch-up.js";
import { positionOf } from "./progress.js";
import { type FeedParts, type Outlet, PushReader } from "./push-reader.js";

interface SubscriptionOptions {
  /** For goodbye at shutdown: how long it is expected to last. */
  readonly retryDelayMs: number;
  /** Writes to all readers what is not flushed. */
  readonly flush: () => void;
  /** Called if the server ends it. */
  readonly onEnd: (reason: EndReason) => void;
  readonly onClose: () => void;
}

/** One feed of one reader, begun after `position`. */
export class Subscription {
  readonly position: Position;
  /** Whether it resumes at the position that was asked for. */
  readonly resumed: boolean;
  private ended: EndReason | undefined;
  /** Undefined before `push`. */
  reader: PushReader | undefined;

  constructor(
    private readonly parts: FeedParts,
    private readonly beginning: Beginning,
    private readonly options: SubscriptionOptions,
  ) {
    this.position = positionOf(beginning.progress);
    this.resumed = beginning.resumed;
  }

  /** Writes to the outlet until it is over; called once. Rejects with FeedEnded or the reason of the signal. */
  push(outlet: Outlet, signal: AbortSignal): Promise<never> {
    return new Promise<never>((_, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const reader = new PushReader(this.parts, this.beginning.progress, outlet, reject, () =>
        this.end("TOO_SLOW"),
      );
      this.reader = reader;
      signal.addEventListener("abort", () => reader.close(signal.reason), { once: true });
      if (this.ended) reader.end(this.ended, this.options.retryDelayMs);
    });
  }

  /** Writes at once what the room has applied, if the reader takes it; to every other reader, too. */
  flush(): void {
    if (this.reader && !this.isBlocked()) this.options.flush();
  }

  /** Whether the reader takes nothing at the moment. */
  isBlocked(): boolean {
    return this.reader?.isBlocked() ?? false;
  }

  /** The server ends it. */
  end(reason: EndReason): void {
    if (this.ended) return;
    this.ended = reason;
    this.options.onEnd(reason);
    this.reader?.end(reason, this.options.retryDelayMs);
  }

  /** It is over, or was never pushed; may be called twice. */
  close(): void {
    this.options.onClose();
  }
}
