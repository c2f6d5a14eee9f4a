import type { EndReason, Refusal } from "../room/errors.js";
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
  private ended: readonly [reason: EndReason, refusal: Refusal | undefined] | undefined;
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

  /** Writes to the outlet until it is over; called once. `ended` receives FeedEnded, or the reason given to `close`. */
  push(outlet: Outlet, ended: (reason: unknown) => void): void {
    const { parts, beginning } = this;
    this.reader = new PushReader(parts, beginning.progress, outlet, ended, () => this.end("TOO_SLOW"));
    if (this.ended) this.reader.end(...this.ended, this.options.retryDelayMs);
  }

  /** Writes at once what the room has applied, if the reader takes it; to every other reader, too. */
  flush(): void {
    if (this.reader && !this.isBlocked()) this.options.flush();
  }

  /** These events must not be sent any more. */
  erase(seqs: ReadonlySet<number>): void {
    this.reader?.erase(seqs);
  }

  /** Whether the reader takes nothing at the moment. */
  isBlocked(): boolean {
    return this.reader?.isBlocked() ?? false;
  }

  /** Up to where it has been written the log, also once it is over; undefined before `push`. */
  readTo(): Position | undefined {
    return this.reader?.place;
  }

  /** The server ends it. `refusal`: the error of its call, where that says more than the reason. */
  end(reason: EndReason, refusal?: Refusal): void {
    if (this.ended) return;
    this.ended = [reason, refusal];
    this.options.onEnd(reason);
    this.reader?.end(reason, refusal, this.options.retryDelayMs);
  }

  /** Its reader has left, if it is not over; may be called twice. */
  close(reason: unknown): void {
    this.reader?.close(reason);
    this.options.onClose();
  }
}
