import type { Clock } from "../room/ports.js";
import { joinBytes, MAX_BATCH_BYTES } from "./batch.js";
import type { Live } from "./broadcaster.js";
import { FeedEnded, type Goodbye } from "./control-events.js";
import type { Variant } from "./encoding.js";
import type { Heart } from "./heartbeat.js";
import type { Source } from "./log-reader.js";
import { type FeedItem, itemsOf, type Progress, type Step } from "./progress.js";
import type { Reader } from "./reader.js";
import type { Ring } from "./ring.js";
import type { Sink } from "./sink.js";
import type { Pending, StallLimits, Stalls } from "./slow-consumers.js";

/** What all readers of a feed share. */
export interface Core {
  readonly clock: Clock;
  readonly ring: Ring;
  readonly live: Live;
  readonly source: Source;
  readonly stalls: Stalls;
  readonly heart: Heart;
  readonly limits: StallLimits;
  /** Each is called once, after the next flush that moves the head, or after a reset. */
  readonly onFlush: Set<() => void>;
}

/** Where a parked reader's bytes go, and in which form. */
export interface Outlet {
  readonly sink: Sink;
  readonly variant: Variant;
}

/**
 * A reader that waits for nothing but the feed. It is in one of four states, each with one thing that ends it: live
 * (the flush), reading (the store), full (the drain) and waiting (the next turn or flush).
 */
export class ParkedReader implements Reader {
  readonly sink: Sink;
  readonly variant: Variant;
  wroteAt: number;
  ignoring = false;
  piece = 0;
  private over = false;
  private pending: Pending | undefined;
  private cancelDrain: (() => void) | undefined;
  private readonly pump = () => this.run();

  /** `reject`: hears once what ended it. `tooSlow`: the reader has stalled. */
  constructor(
    private readonly core: Core,
    readonly progress: Progress,
    { sink, variant }: Outlet,
    private readonly reject: (reason: unknown) => void,
    private readonly tooSlow: () => void,
  ) {
    this.sink = sink;
    this.variant = variant;
    this.wroteAt = core.heart.tick();
    this.run();
  }

  /** The server ends it: says goodbye and writes no more. */
  end(goodbye: Goodbye): void {
    if (this.over) return;
    const wasFull = this.pending !== undefined;
    this.leave();
    const taken = this.write([this.variant.note(goodbye, undefined, this.core.clock.now())]);
    // What Connect writes to end the call queues behind bytes that this peer may never take.
    if (wasFull || !taken) this.core.clock.after(this.core.limits.cutMs, () => this.sink.cut());
    this.reject(new FeedEnded(goodbye.reason));
  }

  /** Somebody else ended it: nothing more is written. */
  close(reason: unknown): void {
    if (this.over) return;
    this.leave();
    this.reject(reason);
  }

  full(): void {
    const { core, progress } = this;
    const pending: Pending = {
      sinceMs: core.clock.monotonic(),
      overtaken: () => progress.generation !== core.ring.generation() || progress.seq < core.ring.base(),
      stalled: this.tooSlow,
    };
    this.pending = pending;
    core.stalls.add(pending);
    this.cancelDrain = this.sink.onDrain(() => {
      this.drained();
      this.run();
    });
  }

  displaced(): void {
    this.run();
  }

  private drained(): void {
    if (this.pending) this.core.stalls.delete(this.pending);
    this.pending = undefined;
    this.cancelDrain = undefined;
  }

  private leave(): void {
    this.core.live.leave(this);
    this.cancelDrain?.();
    this.drained();
    this.core.onFlush.delete(this.pump);
    this.over = true;
  }

  private write(chunks: readonly Uint8Array[]): boolean {
    if (chunks.length === 0) return true;
    this.wroteAt = this.core.heart.tick();
    return this.sink.write(this.sink.framing.wrap(joinBytes(chunks)));
  }

  /** Sends one batch of what the reader has not seen, and arranges for the next. */
  private run(): void {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      if (this.over) return;
      const step = this.core.source.next(this.progress, () => !this.over);
      if (step instanceof Promise) {
        this.goOnWith(step, this.write(chunks));
        return;
      }
      size = this.fill(chunks, size, step);
      const more = step.kind === "entries" || step.kind === "gap";
      if (more && size < MAX_BATCH_BYTES) continue;
      if (!this.write(chunks)) this.full();
      else if (more || size >= MAX_BATCH_BYTES) setImmediate(this.pump);
      // What was accepted but not flushed when the feed began is replay; the live set would send it as news.
      else if (step.kind === "head" && this.progress.caughtUp) this.core.live.join(this);
      else this.core.onFlush.add(this.pump);
      return;
    }
  }

  /** `writable`: whether the sink takes bytes; if it does not, the store is asked again after the drain. */
  private goOnWith(promise: Promise<Step>, writable: boolean): void {
    if (!writable) this.full();
    promise
      .then((step) => {
        if (this.over || !writable) return;
        const chunks: Uint8Array[] = [];
        this.fill(chunks, 0, step);
        if (this.write(chunks)) setImmediate(this.pump);
        else this.full();
      })
      .catch((error: unknown) => this.close(error));
  }

  /** Adds what fits of the step to `chunks`; answers their size, or the limit once something did not fit. */
  private fill(chunks: Uint8Array[], size: number, step: Step): number {
    let sum = size;
    for (const item of itemsOf(this.progress, step)) {
      const frame = this.frame(item);
      if (sum > 0 && sum + frame.length > MAX_BATCH_BYTES) return MAX_BATCH_BYTES;
      chunks.push(frame);
      sum += frame.length;
    }
    return sum;
  }

  private frame(item: FeedItem): Uint8Array {
    if (item.kind === "entry") return this.core.ring.frame(item.entry, this.variant);
    return this.variant.note(item.note, item.position, this.core.clock.now());
  }
}
