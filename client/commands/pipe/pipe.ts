/**
 * Without a terminal: lines or JSON on stdin, lines or JSON on stdout. This folder owns the order of both; `lines.ts` and
 * `json.ts` are the two formats, which the commands share.
 */
import type { Problem } from "../../chat/line.js";
import type { FeedItem } from "../../session/feed.js";
import type { Session } from "../../session/session.js";
import type { Context } from "../context.js";
import { EXIT, Failure } from "../exit.js";
import { FeedTrouble } from "../feed-trouble.js";
import type { Output } from "./output.js";
import type { BadLine } from "./read-lines.js";

/** How long leaving waits for our own last message to arrive on the feed, ms. */
const LAST_ECHO_MS = 10_000;

export interface PipeOptions {
  readonly context: Context;
  readonly session: Session;
  readonly output: Output;
  readonly lines: AsyncIterable<string | BadLine>;
  /** Reads the feed to its end and calls `onItem` for each item. */
  readonly read: (onItem: (item: FeedItem) => void) => Promise<void>;
  /**
   * Does what a line means; resolves with the exit code of its refusal, or 0. Reports, and resolves soon, when a signal
   * asks to end meanwhile.
   */
  readonly take: (line: string) => Promise<number>;
  /** Reports a line that could not be read. */
  readonly refuse: (line: BadLine) => void;
  /** Id of our last message; "" if there is none. */
  readonly lastSent: () => string;
  /** Aborts when a line asks to leave. */
  readonly leaving: AbortSignal;
}

/**
 * Lines in, each after the response to the one before; events out. Ends when the lines have ended and our last message
 * has arrived; or when the feed ends, a signal asks to end, or stdout is closed. Resolves with the exit code of the
 * first refused line, or when asked to end, whether that left a line undone. Rejects with a Failure if something keeps
 * the feed from ever opening.
 */
export async function runPipe(options: PipeOptions): Promise<number> {
  const { context, session, output, lines, leaving } = options;
  const { signal } = context;
  const stuck = new StuckFeed(context, session, output);
  const arrivals = new Arrivals();
  let code = 0;
  let markLive = () => {};
  // Our messages arrive only on a feed that was live before they were sent.
  const live = new Promise<void>((resolve) => {
    markLive = resolve;
  });
  const feed = options.read((item) => {
    stuck.onItem(item);
    if (item.kind === "event") arrivals.add(item.event.id);
    else if (item.kind === "signal" && item.signal.kind === "caughtUp") markLive();
  });
  const take = async (line: string | BadLine): Promise<number> => {
    if (typeof line === "string") return options.take(line);
    options.refuse(line);
    return EXIT.usage;
  };
  let taking: Promise<number> | undefined;
  const send = async () => {
    await live;
    for await (const line of lines) {
      taking = take(line);
      const refused = await taking;
      taking = undefined;
      code ||= refused;
      if (leaving.aborted || signal.aborted) break;
    }
    await arrivals.wait(options.lastSent(), LAST_ECHO_MS);
  };
  await firstOf([feed, send(), stuck.hopeless, output.closed, aborted(signal)]);
  if (!signal.aborted) return code;
  // The line that was being taken is the last.
  return (await taking) ?? EXIT.done;
}

/** A feed without a person before it: what keeps it from ever opening ends the command. */
export class StuckFeed extends FeedTrouble {
  /** Rejects with a Failure. */
  readonly hopeless: Promise<never>;

  constructor(context: Context, session: Session, output: Output) {
    let fail: (failure: Failure) => void = () => {};
    const onFound = (problem: Problem, wasOpen: boolean) => {
      if (wasOpen) output.problem(problem);
      else fail(new Failure(EXIT.unreachable, problem));
    };
    super({ context, session, onFound });
    this.hopeless = new Promise((_resolve, reject) => {
      fail = reject;
    });
    this.hopeless.catch(() => {});
  }
}

/** Events that may arrive between the awaited one and the start of the wait. */
const MAX_ARRIVALS = 1_000;

/** The ids of the latest events. */
class Arrivals {
  readonly #seen = new Set<string>();
  #awaited: { readonly id: string; readonly resolve: () => void } | undefined;

  add(id: string): void {
    this.#seen.add(id);
    if (this.#awaited?.id === id) this.#awaited.resolve();
    const [oldest] = this.#seen;
    if (oldest !== undefined && this.#seen.size > MAX_ARRIVALS) this.#seen.delete(oldest);
  }

  /** Resolves when the event `id` has arrived, or after `timeoutMs`. */
  wait(id: string, timeoutMs: number): Promise<void> {
    if (id === "" || this.#seen.has(id)) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      const onArrival = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#awaited = { id, resolve: onArrival };
    });
  }
}

/** Promise.race without unhandled rejections of the others. */
export function firstOf(promises: readonly Promise<unknown>[]): Promise<unknown> {
  for (const promise of promises) promise.catch(() => {});
  return Promise.race(promises);
}

export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
