import type { EndReason, Refusal } from "../room/errors.js";
import type { Clock, Position } from "../room/ports.js";
import type { Broadcaster, LiveReader } from "./broadcaster.js";
import { type Encoding, voidEntry } from "./encoding.js";
import type { Heartbeat } from "./heartbeat.js";
import type { LogReader } from "./log-reader.js";
import { type FeedItem, itemsOf, type Progress, positionOf, type Step } from "./progress.js";
import type { Ring } from "./ring.js";
import { FeedEnded, goodbyeFor } from "./signals.js";
import { joinFrames, MAX_BATCH_BYTES, type Sink } from "./sink.js";
import type { Blocked, SlowConsumerLimits, SlowConsumers } from "./slow-consumers.js";

/** What all readers of a feed share. */
export interface FeedParts {
  readonly clock: Clock;
  readonly ring: Ring;
  readonly broadcaster: Broadcaster;
  readonly logReader: LogReader;
  readonly slowConsumers: SlowConsumers;
  readonly heartbeat: Heartbeat;
  readonly limits: SlowConsumerLimits;
  /** Each is called once, after the next flush that moves the head, or after a reset. */
  readonly onFlush: Set<() => void>;
  /** Each is called once, after the next entry that the room has applied, or after a reset. */
  readonly onEntry: Set<() => void>;
}

/** Where a reader's bytes go, and in which form. */
export interface Outlet {
  /** The RPC protocol, for the metrics. */
  readonly protocol: string;
  readonly sink: Sink;
  readonly encoding: Encoding;
}

/**
 * A reader that the feed writes to. It is in one of four states, each left on one event: live (the flush), reading (the
 * store), full (the drain), and waiting (the next turn, flush or entry).
 */
export class PushReader implements LiveReader {
  readonly protocol: string;
  readonly sink: Sink;
  readonly encoding: Encoding;
  wroteAt: number;
  ignoring = false;
  served = 0;
  private over = false;
  /** While it is full: the place before what its sink may not have sent. */
  private unsentAfter = 0;
  private blocked: Blocked | undefined;
  private cancelDrain: (() => void) | undefined;
  /** Numbers of the private messages in the frames that are about to be written, if any of the member's are unwritten. */
  private messages: number[] = [];
  private readonly goOn = () => this.run();

  /** `ended`: receives once what ended it: FeedEnded, or the reason given to `close`. `tooSlow`: it has stalled. */
  constructor(
    private readonly parts: FeedParts,
    readonly progress: Progress,
    { protocol, sink, encoding }: Outlet,
    private readonly ended: (reason: unknown) => void,
    private readonly tooSlow: () => void,
  ) {
    this.protocol = protocol;
    this.sink = sink;
    this.encoding = encoding;
    this.wroteAt = parts.heartbeat.tick;
    this.run();
  }

  /** How many events of the ring it has not been sent. */
  get lag(): number {
    return Math.max(0, this.parts.ring.head.seq - this.place.seq);
  }

  /** Up to where it has been sent the log. */
  get place(): Position {
    const { broadcaster } = this.parts;
    return broadcaster.has(this) ? broadcaster.placeOf(this) : positionOf(this.progress);
  }

  /** The server ends it: goodbye is the last that it writes. `refusal`: of the call; undefined: as the reason has it. */
  end(reason: EndReason, refusal: Refusal | undefined, retryDelayMs: number): void {
    if (this.over) return;
    const { clock, limits } = this.parts;
    const wasFull = this.blocked !== undefined;
    this.leave();
    const goodbye = this.encoding.signal(goodbyeFor(reason, retryDelayMs), positionOf(this.progress));
    const taken = this.write([goodbye]);
    // What Connect writes to end the call queues after bytes that this peer may never take.
    if (wasFull || !taken) clock.after(limits.cutMs, () => this.sink.cut());
    this.ended(new FeedEnded(reason, refusal && { cause: refusal }));
  }

  isBlocked(): boolean {
    return this.blocked !== undefined;
  }

  /** Something else ended it: nothing more is written. */
  close(reason: unknown): void {
    if (this.over) return;
    this.leave();
    this.ended(reason);
  }

  /** Must not be sent these events any more: if the sink may still hold them, it is cut, and the reader resumes. */
  erase(seqs: ReadonlySet<number>): void {
    if (!this.blocked) return;
    const { unsentAfter, progress } = this;
    if (![...seqs].some((seq) => seq > unsentAfter && seq <= progress.seq)) return;
    this.tooSlow();
    this.sink.cut();
  }

  full(after: number): void {
    this.unsentAfter = after;
    const { progress, tooSlow } = this;
    const { clock, ring, slowConsumers } = this.parts;
    this.blocked = {
      sinceMs: clock.monotonic(),
      overtaken: () => progress.generation !== ring.generation || progress.seq < ring.base,
      tooSlow,
    };
    slowConsumers.add(this.blocked);
    this.cancelDrain = this.sink.onDrain(() => {
      this.drained();
      this.run();
    });
  }

  displaced(): void {
    this.run();
  }

  private drained(): void {
    if (this.blocked) this.parts.slowConsumers.delete(this.blocked);
    this.blocked = undefined;
    this.cancelDrain = undefined;
  }

  private leave(): void {
    this.parts.broadcaster.leave(this);
    this.cancelDrain?.();
    this.drained();
    this.parts.onFlush.delete(this.goOn);
    this.parts.onEntry.delete(this.goOn);
    this.over = true;
  }

  private write(frames: readonly Uint8Array[]): boolean {
    if (frames.length === 0) return true;
    this.wroteAt = this.parts.heartbeat.tick;
    const taken = this.sink.write(this.sink.framing.wrap(joinFrames(frames)));
    if (this.messages.length > 0) {
      if (!this.sink.isClosed()) this.progress.viewer.unwritten.written(this.messages);
      this.messages = [];
    }
    return taken;
  }

  /** Sends one batch of what the reader has not received, and arranges for the next. */
  private run(): void {
    const { broadcaster, logReader, onFlush, onEntry } = this.parts;
    const frames: Uint8Array[] = [];
    const after = this.progress.seq;
    let size = 0;
    for (;;) {
      if (this.over) return;
      const step = logReader.next(this.progress, () => !this.over);
      if (step instanceof Promise) {
        this.continueWith(step, this.write(frames), after);
        return;
      }
      size = this.fill(frames, size, step);
      const more = step.kind === "entries" || step.kind === "gap" || logReader.hasMore(this.progress);
      if (more && size < MAX_BATCH_BYTES) continue;
      if (!this.write(frames)) this.full(after);
      else if (more || size >= MAX_BATCH_BYTES) setImmediate(this.goOn);
      else if (!this.progress.caughtUp) onEntry.add(this.goOn);
      else if (step.kind === "head") broadcaster.join(this);
      // It was sent more than was flushed: the flush that comes to it would send that again.
      else onFlush.add(this.goOn);
      return;
    }
  }

  /** `writable`: whether the sink takes bytes; if not, the store is read again after the drain. */
  private continueWith(promise: Promise<Step>, writable: boolean, before: number): void {
    if (!writable) this.full(before);
    promise
      .then((read) => {
        if (this.over || !writable) return;
        const step = this.withoutErased(read);
        if (!step) {
          this.run();
          return;
        }
        const after = this.progress.seq;
        const frames: Uint8Array[] = [];
        this.fill(frames, 0, step);
        if (this.write(frames)) setImmediate(this.goOn);
        else this.full(after);
      })
      .catch((error: unknown) => this.close(error));
  }

  /** What was erased since it was read keeps its place alone; undefined: too much was erased to know, read it again. */
  private withoutErased(step: Step): Step | undefined {
    if (step.kind !== "entries") return step;
    const erased = this.parts.ring.erasures.since(step.erasuresBefore);
    if (!erased || erased.size === 0) return erased && step;
    const entries = step.entries.map((entry) => (erased.has(entry.seq) ? voidEntry(entry) : entry));
    return { ...step, entries };
  }

  /** Adds what fits of the step to `frames`. Returns their size, or MAX_BATCH_BYTES once something did not fit. */
  private fill(frames: Uint8Array[], size: number, step: Step): number {
    const { unwritten } = this.progress.viewer;
    let sum = size;
    for (const item of itemsOf(this.progress, step, this.parts.ring)) {
      const frame = this.frame(item);
      if (sum > 0 && sum + frame.length > MAX_BATCH_BYTES) return MAX_BATCH_BYTES;
      frames.push(frame);
      sum += frame.length;
      if (item.kind !== "entry") continue;
      this.parts.broadcaster.deliveries++;
      if (unwritten.size > 0 && item.entry.kind === "private_message") this.messages.push(item.entry.seq);
    }
    return sum;
  }

  private frame(item: FeedItem): Uint8Array {
    if (item.kind === "entry") return this.parts.ring.frame(item.entry, this.encoding);
    return this.encoding.signal(item.signal, item.position);
  }
}
