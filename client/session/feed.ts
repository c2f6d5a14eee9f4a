/**
 * The life of a feed: connect, `hello`, replay after the cursor, `caught_up`, live; when the connection is lost, wait
 * and connect again after the last cursor. `Feed` owns cursor and backoff across connections, `readConnection` one
 * connection, and a `Watchdog` ends a connection that has gone silent.
 */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import type { SubscribeRequestSchema, SubscribeResponse } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Event } from "../../gen/parlance/v1/event_pb.js";
import type { ChatClient } from "./client.js";
import { endReasonOf, isLoggedOut, isTransient, refusalOf, SessionEnded } from "./errors.js";
import { FeedSilent, isObstacle } from "./obstacle.js";
import { backoffMs, Pause } from "./retry.js";

/** What a feed yields. */
export type FeedItem =
  | { readonly kind: "event"; readonly event: Event }
  /** The connection is lost, or an attempt failed; the next attempt starts at `retryAtMs` (local clock). */
  | {
      readonly kind: "lost";
      /** Number of the next attempt, from 1; reset by the first event of a connection. */
      readonly attempt: number;
      readonly retryAtMs: number;
      readonly delayMs: number;
      /** Local clock: when the server was last heard of; null if it never was. */
      readonly lastHeardMs: number | null;
      readonly error: unknown;
    };

export interface FeedOptions {
  readonly subscribe: ChatClient["subscribe"];
  /** Logs in again when the token is no longer valid. Its refusal ends the feed. */
  readonly login: () => Promise<void>;
  /** Called at each `hello`: the server can be reached. */
  readonly onOpen: () => void;
  /** Ends the feed; nothing else does. */
  readonly signal: AbortSignal;
  /** Cursor to resume after. Default "": a fresh start. */
  readonly after?: string;
  /** Events to replay on a fresh start. Default 0. */
  readonly backlog?: number;
  /** 0 to below 1, for the jitter. Default Math.random. */
  readonly random?: () => number;
}

/** Kinds with a cursor of their own in the log; the others repeat the cursor of the event before. */
const APPENDED = new Set(["joined", "left", "message", "privateMessage", "ignoreChanged"]);

/** A feed that outlives its connections. */
export class Feed {
  readonly #options: FeedOptions;
  readonly #pause = new Pause();
  #cursor: string;
  #lastAppended = "";
  #lastHeardMs: number | null = null;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#cursor = options.after ?? "";
  }

  /**
   * All events in log order across reconnects: no loss, no duplicates. Ends when the signal aborts. Throws when a
   * retry cannot help: SessionEnded, or the ConnectError of a refused Login or Subscribe. Can be read once.
   */
  async *items(): AsyncGenerator<FeedItem, void, undefined> {
    const { signal, random = Math.random } = this.#options;
    let attempt = 0;
    let loggedOut = false;
    while (!signal.aborted) {
      let end: ConnectionEnd;
      try {
        if (loggedOut) {
          await this.#options.login();
          loggedOut = false;
        }
        let goodbye: Goodbye | undefined;
        const backlog = this.#cursor ? 0 : (this.#options.backlog ?? 0);
        const request = { after: this.#cursor, backlog };
        for await (const event of readConnection(this.#options.subscribe, request, signal)) {
          if (signal.aborted) return;
          attempt = 0;
          this.#lastHeardMs = Date.now();
          if (event.kind.case === "hello") this.#options.onOpen();
          if (!this.#advance(event)) continue;
          if (event.kind.case === "goodbye") goodbye = event.kind.value;
          yield { kind: "event", event };
        }
        end = goodbye ? endByGoodbye(goodbye) : { next: "retry", error: undefined };
      } catch (error) {
        end = endByError(error, this.#lastHeardMs !== null);
      }
      if (signal.aborted) return;
      if (end.next === "stop") throw end.error;
      if (end.next === "login") loggedOut = true;
      attempt++;
      // The first login after a session's end is no sign of overload and need not wait.
      const backoff = end.next === "login" && attempt === 1 ? 0 : backoffMs(attempt, random());
      const delayMs = (end.minDelayMs ?? 0) + backoff;
      const lastHeardMs = this.#lastHeardMs;
      yield {
        kind: "lost",
        attempt,
        retryAtMs: Date.now() + delayMs,
        delayMs,
        lastHeardMs,
        error: end.error,
      };
      if (delayMs > 0) await this.#pause.wait(delayMs, signal);
    }
  }

  /** Starts the next attempt without waiting longer. */
  retryNow(): void {
    this.#pause.wake();
  }

  /** Moves the cursor. False for an event that was yielded already, whatever the server sends. */
  #advance({ kind, cursor }: Event): boolean {
    if (APPENDED.has(kind.case ?? "")) {
      if (cursor === this.#lastAppended) return false;
      this.#lastAppended = cursor;
    }
    if (cursor) this.#cursor = cursor;
    return true;
  }
}

type Goodbye = Extract<Event["kind"], { case: "goodbye" }>["value"];

interface ConnectionEnd {
  readonly next: "retry" | "login" | "stop";
  readonly error: unknown;
  /** Delay that the server asks for, ms, before the backoff. */
  readonly minDelayMs?: number;
}

/** A goodbye takes precedence over the code that the stream then ends with. */
function endByGoodbye(goodbye: Goodbye): ConnectionEnd {
  const error = new SessionEnded(endReasonOf(goodbye.reason));
  const minDelayMs = goodbye.retryAfter ? durationMs(goodbye.retryAfter) : 0;
  if (goodbye.reconnect) return { next: "retry", error, minDelayMs };
  return { next: error.reason === "SESSION_EXPIRED" ? "login" : "stop", error, minDelayMs };
}

function endByError(error: unknown, everOpen: boolean): ConnectionEnd {
  if (isLoggedOut(error)) return { next: "login", error };
  const refusal = refusalOf(error);
  const minDelayMs = refusal?.retryMs ?? 0;
  // The server may still count our previous connection, whose loss it has not noticed.
  const countedTwice = refusal?.reason === "ROOM_FULL" && everOpen;
  // Such as the page of a network that asks for a login: it passes.
  const isInTheWay = everOpen && isObstacle(error);
  return { next: isTransient(error) || countedTwice || isInTheWay ? "retry" : "stop", error, minDelayMs };
}

/** The server sends `hello` at once, so its absence means a dead connection. */
const HELLO_TIMEOUT_MS = 10_000;

/**
 * How often the watchdog looks at the clock at least, ms. Timers stand still while the machine sleeps: a wait of 40 s
 * would begin anew, for a connection that is long dead.
 */
const LOOK_EVERY_MS = 5_000;

/** Silence that means a lost connection, ms. With the default heartbeat of 15 s: 40 s. */
const silenceLimitMs = (heartbeatIntervalMs: number): number => 2 * heartbeatIntervalMs + 10_000;

/**
 * The events of one connection. Ends after a goodbye even if the server keeps the stream open; throws the stream's
 * error, or `unavailable` after too long a silence.
 */
async function* readConnection(
  subscribe: ChatClient["subscribe"],
  request: MessageInitShape<typeof SubscribeRequestSchema>,
  signal: AbortSignal,
): AsyncGenerator<Event, void, undefined> {
  // Leaving a `for await` does not cancel the call on any transport: only an AbortController does.
  const call = new AbortController();
  const wait: { reject?: (reason: unknown) => void } = {};
  const cancel = (reason: unknown) => {
    call.abort(reason);
    wait.reject?.(reason);
  };
  const onAbort = () => cancel(signal.reason);
  let isHeard = false;
  const watchdog = new Watchdog(HELLO_TIMEOUT_MS, () => {
    const cause = new FeedSilent(watchdog.limitMs, !isHeard);
    cancel(new ConnectError(cause.message, Code.Unavailable, undefined, undefined, cause));
  });
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    const responses = subscribe(request, { signal: call.signal })[Symbol.asyncIterator]();
    for (;;) {
      watchdog.start();
      // Not Promise.race: racing one long-lived promise per event would keep a reaction of every event.
      const next = await new Promise<IteratorResult<SubscribeResponse>>((resolve, reject) => {
        wait.reject = reject;
        responses.next().then(resolve, reject);
      });
      watchdog.pause();
      // After an abort, messages already received may still come (connect-es#1792).
      signal.throwIfAborted();
      if (next.done) return;
      const { event } = next.value;
      isHeard = true;
      if (!event) continue;
      if (event.kind.case === "hello" && event.kind.value.heartbeatInterval) {
        watchdog.limitMs = silenceLimitMs(durationMs(event.kind.value.heartbeatInterval));
      }
      yield event;
      if (event.kind.case === "goodbye") return;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    watchdog.stop();
    call.abort();
  }
}

/**
 * Calls `onTimeout` once when `limitMs` pass between `start` and `pause`: only time spent waiting for the server
 * counts, so that a slow reader does not look like a dead connection.
 */
class Watchdog {
  limitMs: number;
  readonly #onTimeout: () => void;
  #sinceMs: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(limitMs: number, onTimeout: () => void) {
    this.limitMs = limitMs;
    this.#onTimeout = onTimeout;
  }

  start(): void {
    this.#sinceMs = Date.now();
    this.#timer ??= setTimeout(this.#check, Math.min(LOOK_EVERY_MS, this.limitMs));
  }

  pause(): void {
    this.#sinceMs = undefined;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sinceMs = undefined;
  }

  // One timer that checks again later, instead of one for each of thousands of events.
  readonly #check = (): void => {
    this.#timer = undefined;
    if (this.#sinceMs === undefined) return;
    const leftMs = this.limitMs - (Date.now() - this.#sinceMs);
    if (leftMs <= 0) this.#onTimeout();
    else this.#timer = setTimeout(this.#check, Math.min(LOOK_EVERY_MS, leftMs));
  };
}
