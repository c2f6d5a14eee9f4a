import type { Event } from "../../gen/parlance/v1/event_pb.js";
import type { FeedItem } from "../session/feed.js";
import { createArrivals } from "./arrivals.js";
import type { Context } from "./context.js";
import type { Output } from "./output.js";

/** How long the own last message may take to come back before leaving, ms. */
const LAST_ECHO_MS = 2_000;

export interface PipeOptions {
  readonly context: Context;
  readonly output: Output;
  readonly lines: AsyncIterable<string>;
  /** Reads the feed to its end, telling each item. */
  readonly read: (onItem: (item: FeedItem) => void) => Promise<void>;
  /** Does what a line says; answers the exit code of its refusal, 0 for none. */
  readonly take: (line: string) => Promise<number>;
  /** Cursor of the last own message; "" if none. */
  readonly lastSent: () => string;
  /** Whether a line asked to leave. */
  readonly leaving: AbortSignal;
}

/**
 * Lines in, one after the other and each answered before the next; events out. Ends at the end of the lines, when the
 * own last message has come back; or when the feed ends, a signal asks to leave, or nobody reads us any more.
 * Answers the exit code of the first refused line.
 */
export async function runPipe(options: PipeOptions): Promise<number> {
  const { context, output, lines, leaving } = options;
  const arrivals = createArrivals();
  let code = 0;
  let open = () => {};
  // The own words come back only on a feed that is there before they are said.
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const feed = options.read((item) => {
    if (item.kind !== "event") return;
    arrivals.came(item.event.cursor);
    if (isOpen(item.event)) open();
  });
  const typed = async () => {
    await opened;
    for await (const line of lines) {
      const refused = await options.take(line);
      code ||= refused;
      if (leaving.aborted) break;
    }
    await arrivals.until(options.lastSent(), LAST_ECHO_MS);
  };
  await firstOf([feed, typed(), output.gone, aborted(context.signal)]);
  return code;
}

function isOpen({ kind }: Event): boolean {
  return kind.case === "caughtUp";
}

/** Promise.race whose losers may fail later without anyone being told. */
export function firstOf(promises: readonly Promise<unknown>[]): Promise<unknown> {
  for (const promise of promises) promise.catch(() => {});
  return Promise.race(promises);
}

export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
