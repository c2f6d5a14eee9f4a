/**
 * The life of a feed: connect, `hello`, replay after the cursor, `caught_up`, live; when the connection is lost, wait
 * and connect again after the last cursor. `Feed` owns cursor and backoff across connections, `readConnection` one
 * connection, and a `Watchdog` ends a connection that has gone silent. A feed that a newer one of the same member
 * replaced does not connect again by itself.
 */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import type { SubscribeRequestSchema, SubscribeResponse } from "../../gen/parlance/v1/chat_service_pb.js";
import type { ChatClient } from "./client.js";
import { isLoggedOut, isTransient, refusalOf, SessionEnded } from "./errors.js";
import { type Event, eventOf, type Signal, signalOf } from "./event.js";
import { FeedSilent, isObstacle } from "./obstacle.js";
import { backoffMs, Pause } from "./retry.js";

/** What a feed yields. */
export type FeedItem =
  | { readonly kind: "event"; readonly event: Event }
  | { readonly kind: "signal"; readonly signal: Signal }
  /** The connection is lost, or an attempt failed; the next attempt starts at `retryAtMs` (local clock). */
  | {
      readonly kind: "lost";
      /** Number of the next attempt, from 1; reset by the first item of a connection. */
      readonly attempt: number;
      readonly retryAtMs: number;
      readonly delayMs: number;
      /** Local clock: when the server was last heard of; null if it never was. */
      readonly lastHeardMs: number | null;
      readonly error: unknown;
    }
  /** A newer feed of the member took the place of this one, which waits for `retryNow`. See `waitsIfReplaced`. */
  | { readonly kind: "replaced" };

export interface FeedOptions {
  readonly subscribe: ChatClient["subscribe"];
  /** Logs in again when the token is no longer valid. Its refusal ends the feed. */
  readonly login: () => Promise<void>;
  /** Called at each `hello`: the server can be reached. */
  readonly onHello: (hello: Hello) => void;
  /** Called at each `goodbye`, before it is yielded. */
  readonly onGoodbye: (goodbye: Goodbye) => void;
  /** Ends the feed; nothing else does. */
  readonly signal: AbortSignal;
  /** Cursor to resume after. Default "": a fresh start. */
  readonly after?: string;
  /** Events to replay on a fresh start. Default 0. */
  readonly backlog?: number;
  /** Whether a feed that was replaced waits for `retryNow`. Default false: it throws SessionEnded. */
  readonly waitsIfReplaced?: boolean;
  /** 0 to below 1, for the jitter. Default Math.random. */
  readonly random?: () => number;
}

export type Hello = Extract<Signal, { kind: "hello" }>;
export type Goodbye = Extract<Signal, { kind: "goodbye" }>;

/** A feed that outlives its connections. */
export class Feed {
  readonly #options: FeedOptions;
  readonly #pause = new Pause();
  #cursor: string;
  #lastId = "";
  #lastHeardMs: number | null = null;
  #online: number | null = null;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#cursor = options.after ?? "";
  }

  /**
   * All events in log order across reconnects, no loss, no duplicates, and the signals between them. Ends when the
   * signal aborts. Throws when a retry cannot help: SessionEnded, or the ConnectError of a refused Login or Subscribe.
   * Can be read once.
   */
  async *items(): AsyncGenerator<FeedItem, void, undefined> {
    const { signal, waitsIfReplaced = false, random = Math.random } = this.#options;
    let attempt = 0;
    let loggedOut = false;
    while (!signal.aborted) {
      const end: ConnectionEnd = yield* this.#connection(loggedOut);
      if (signal.aborted) return;
      if (end.wasOpen) attempt = 0;
      if (end.next === "stop" || (end.next === "wait" && !waitsIfReplaced)) throw end.error;
      if (end.next === "wait") {
        yield { kind: "replaced" };
        await this.#pause.wait(undefined, signal);
        continue;
      }
      loggedOut = end.next === "login";
      attempt++;
      // The first login after a session's end is no sign of overload and need not wait.
      const backoff = loggedOut && attempt === 1 ? 0 : backoffMs(attempt, random());
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

  /** The items of one connection, after a login if the token is not valid; returns how it ended. */
  async *#connection(loggedOut: boolean): AsyncGenerator<FeedItem, ConnectionEnd, undefined> {
    const { login, subscribe, onHello, onGoodbye, backlog = 0, signal } = this.#options;
    try {
      if (loggedOut) await login();
    } catch (error) {
      return endByLoginError(error);
    }
    let wasOpen = false;
    let goodbye: Goodbye | undefined;
    try {
      const request = { after: this.#cursor, backlog: this.#cursor ? 0 : backlog };
      for await (const response of readConnection(subscribe, request, signal)) {
        if (signal.aborted) break;
        wasOpen = true;
        this.#lastHeardMs = Date.now();
        const item = this.#take(response);
        if (!item) continue;
        if (item.kind === "signal" && item.signal.kind === "hello") onHello(item.signal);
        if (item.kind === "signal" && item.signal.kind === "goodbye") {
          goodbye = item.signal;
          onGoodbye(goodbye);
        }
        yield item;
      }
      const end = goodbye ? endByGoodbye(goodbye) : { next: "retry" as const, error: undefined };
      return { ...end, wasOpen };
    } catch (error) {
      return { ...endByError(error, this.#lastHeardMs !== null), wasOpen };
    }
  }

  /** Members in the room at the last item; null before the end of the first replay, which brings their number. */
  get online(): number | null {
    return this.#online;
  }

  /** Starts the next attempt without waiting longer. */
  retryNow(): void {
    this.#pause.wake();
  }

  /**
   * Moves the cursor. Undefined for an event that was yielded already, whatever the server sends, and for what only a
   * later schema knows.
   */
  #take({ item }: SubscribeResponse): FeedItem | undefined {
    if (item.case === undefined) return undefined;
    if (item.value.cursor) this.#cursor = item.value.cursor;
    if (item.case !== "event") {
      const signal = signalOf(item);
      if (signal.kind === "caughtUp") this.#online = signal.online;
      return { kind: "signal", signal };
    }
    const { id } = item.value;
    if (id !== "" && id === this.#lastId) return undefined;
    this.#lastId = id;
    const event = eventOf(item.value);
    if (event) this.#count(event);
    return event && { kind: "event", event };
  }

  /** What is counted in a later replay is replaced at its end. */
  #count({ kind }: Event): void {
    if (this.#online === null || (kind !== "joined" && kind !== "left")) return;
    this.#online = Math.max(0, this.#online + (kind === "joined" ? 1 : -1));
  }
}

interface ConnectionEnd {
  /** `wait`: only a person can decide to connect again. */
  readonly next: "retry" | "login" | "wait" | "stop";
  readonly error: unknown;
  /** Delay that the server asks for, ms, before the backoff. */
  readonly minDelayMs?: number;
  /** Whether anything was received. */
  readonly wasOpen?: boolean;
}

/** A goodbye takes precedence over the code that the stream then ends with. */
function endByGoodbye({ reason, reconnect, retryDelayMs: minDelayMs }: Goodbye): ConnectionEnd {
  const error = new SessionEnded(reason);
  if (reconnect) return { next: "retry", error, minDelayMs };
  if (reason === "REPLACED") return { next: "wait", error };
  return { next: reason === "SESSION_EXPIRED" ? "login" : "stop", error, minDelayMs };
}

function endByError(error: unknown, everOpen: boolean): ConnectionEnd {
  if (isLoggedOut(error)) return { next: "login", error };
  const refusal = refusalOf(error);
  // A feed is refused for this reason only when a newer one takes its place.
  if (refusal?.reason === "ROOM_FULL") {
    return { next: "wait", error: new SessionEnded("REPLACED", { cause: error }) };
  }
  // Such as the page of a network that asks for a login: it passes.
  const isInTheWay = everOpen && isObstacle(error);
  const next = isTransient(error) || isInTheWay ? "retry" : "stop";
  return { next, error, minDelayMs: refusal?.retryMs ?? 0 };
}

/** A member who comes back to a room that is full by now waits for a place. */
function endByLoginError(error: unknown): ConnectionEnd {
  const refusal = refusalOf(error);
  const canSucceed = isTransient(error) || isObstacle(error) || refusal?.reason === "ROOM_FULL";
  return { next: canSucceed ? "login" : "stop", error, minDelayMs: refusal?.retryMs ?? 0 };
}

/** The server sends `hello` at once, so its absence means a dead connection. */
const HELLO_TIMEOUT_MS = 10_000;

/**
 * How often the watchdog looks at the clock at least, ms. Timers stand still while the machine sleeps: a wait of 40 s
 * would begin anew, for a connection that is long dead.
 */
const LOOK_EVERY_MS = 5_000;

/**
 * Silence that means a lost connection: two and a half heartbeat intervals, as the schema has it. No longer than a timer
 * can run.
 */
const silenceLimitMs = (heartbeatIntervalMs: number) => Math.min(2.5 * heartbeatIntervalMs, 2 ** 31 - 1);

/**
 * The messages of one connection. Ends after a goodbye even if the server keeps the stream open; throws the stream's
 * error, or `unavailable` after too long a silence.
 */
async function* readConnection(
  subscribe: ChatClient["subscribe"],
  request: MessageInitShape<typeof SubscribeRequestSchema>,
  signal: AbortSignal,
): AsyncGenerator<SubscribeResponse, void, undefined> {
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
      isHeard = true;
      const { item } = next.value;
      const interval = item.case === "hello" ? item.value.limits?.heartbeatInterval : undefined;
      if (interval) watchdog.limitMs = silenceLimitMs(durationMs(interval));
      yield next.value;
      if (item.case === "goodbye") return;
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
