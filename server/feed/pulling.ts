import type { Core } from "./core.js";
import { TICKS_PER_BEAT } from "./heart.js";
import { FeedEnded, type Goodbye, type Note } from "./notes.js";
import { type FeedItem, itemsOf, type Progress, placeOf } from "./progress.js";
import type { Pending } from "./stalls.js";

/** The same feed for a reader who asks for each item. */
export interface PullingReader {
  /** Never returns: throws FeedEnded, or the signal's reason. */
  items(): AsyncGenerator<FeedItem, never>;
  end(goodbye: Goodbye): void;
}

export interface PullOptions {
  readonly signal: AbortSignal;
  readonly tooSlow: () => void;
  /** Ends the stream by force, where that is possible. */
  readonly cut: () => void;
}

export function createPullingReader(
  core: Core,
  progress: Progress,
  { signal, tooSlow, cut }: PullOptions,
): PullingReader {
  let goodbye: Goodbye | undefined;
  /** Set while an item was handed out and the next not yet asked for. */
  let pending: Pending | undefined;
  let wake = () => {};
  let handedAt = core.heart.tick();

  function handOut(item: FeedItem): FeedItem {
    handedAt = core.heart.tick();
    pending = {
      sinceMs: core.clock.monotonic(),
      overtaken: () => progress.generation !== core.ring.generation() || progress.seq < core.ring.base(),
      stalled: tooSlow,
    };
    core.stalls.add(pending);
    return item;
  }

  function asked(): void {
    if (pending) core.stalls.delete(pending);
    pending = undefined;
  }

  const note = (what: Note): FeedItem => ({ kind: "note", note: what, position: placeOf(progress) });
  const silent = () => core.heart.tick() - handedAt >= TICKS_PER_BEAT;
  const over = () => goodbye !== undefined || signal.aborted;

  /** Until the head moves, a heartbeat is due, or it is over. */
  async function news(): Promise<void> {
    const onTick = () => silent() && wake();
    await new Promise<void>((resolve) => {
      wake = resolve;
      core.onFlush.add(resolve);
      core.onTick.add(onTick);
      if (over()) resolve();
    });
    core.onFlush.delete(wake);
    core.onTick.delete(onTick);
  }

  async function* items(): AsyncGenerator<FeedItem, never> {
    const onAbort = () => {
      asked();
      wake();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      for (;;) {
        const step = await core.source.next(progress, () => !over());
        let handed = false;
        for (const item of itemsOf(progress, step)) {
          if (over()) break;
          yield handOut(item);
          asked();
          handed = true;
        }
        if (over()) break;
        // However long the reader took over an item, there may be news by now.
        if (handed || (step.kind !== "head" && step.kind !== "ahead")) continue;
        if (silent()) {
          yield handOut(note({ kind: "heartbeat" }));
          asked();
        } else await news();
      }
      signal.throwIfAborted();
      const last = goodbye!;
      yield { kind: "note", note: last };
      throw new FeedEnded(last.reason);
    } finally {
      asked();
      signal.removeEventListener("abort", onAbort);
    }
  }

  return {
    items,
    end(last) {
      if (goodbye) return;
      goodbye = last;
      // A generator that stands at a yield cannot speak: its reader has to take that item first.
      if (pending) core.clock.after(core.limits.cutMs, cut);
      asked();
      wake();
    },
  };
}
