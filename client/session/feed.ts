import type { Event } from "../../gen/parlance/v1/event_pb.js";
import { backoffMs } from "./backoff.js";
import type { ChatClient } from "./connect.js";
import { isLoggedOut, isTransient, ms, refusalOf, SessionEnded } from "./errors.js";
import { createPause } from "./pause.js";
import { readEvents } from "./stream.js";

/** One step of a feed that outlives its connections. */
export type FeedItem =
  | { readonly kind: "event"; readonly event: Event }
  /** The connection is lost, or an attempt failed; the next one starts at `retryAtMs` (our clock). */
  | {
      readonly kind: "lost";
      /** Number of the attempt to come, from 1; starts anew with the first event of a connection. */
      readonly attempt: number;
      readonly retryAtMs: number;
      readonly delayMs: number;
      readonly error: unknown;
    };

export interface FeedOptions {
  readonly subscribe: ChatClient["subscribe"];
  /** Takes the session up anew after the token died. Its refusal ends the feed. */
  readonly login: () => Promise<void>;
  /** Ends the feed; the only way to. */
  readonly signal: AbortSignal;
  /** Cursor to go on from; "" for a fresh start. */
  readonly after?: string;
  /** Events to replay on a fresh start. */
  readonly backlog?: number;
  /** 0 to below 1, for the jitter. */
  readonly random?: () => number;
}

export interface Feed {
  /**
   * All events in the room's order across all reconnects, each once. Ends when the signal aborts; throws what makes
   * going on impossible: SessionEnded, or the ConnectError of a refused login or Subscribe. To be read once.
   */
  items(): AsyncGenerator<FeedItem, void, undefined>;
  /** Ends the wait for the next attempt. */
  retryNow(): void;
}

/** Kinds that have a place of their own in the room's order; the cursor of the others is that of their neighbour. */
const PLACED = new Set(["joined", "left", "message", "privateMessage", "ignoreChanged"]);

export function createFeed(options: FeedOptions): Feed {
  const { signal } = options;
  const random = options.random ?? Math.random;
  const pause = createPause();
  let cursor = options.after ?? "";
  let lastPlaced = "";
  let everOpen = false;

  async function* items(): AsyncGenerator<FeedItem, void, undefined> {
    let attempt = 0;
    let loggedOut = false;
    while (!signal.aborted) {
      let end: End;
      try {
        if (loggedOut) {
          await options.login();
          loggedOut = false;
        }
        let goodbye: Goodbye | undefined;
        const request = { after: cursor, backlog: cursor ? 0 : (options.backlog ?? 0) };
        for await (const event of readEvents(options.subscribe, request, signal)) {
          if (signal.aborted) return;
          attempt = 0;
          everOpen = true;
          // A place that was handed out already is not handed out again, whatever the server does.
          if (PLACED.has(event.kind.case ?? "")) {
            if (event.cursor === lastPlaced) continue;
            lastPlaced = event.cursor;
          }
          if (event.cursor) cursor = event.cursor;
          if (event.kind.case === "goodbye") goodbye = event.kind.value;
          yield { kind: "event", event };
        }
        end = goodbye ? afterGoodbye(goodbye) : { then: "retry", error: undefined };
      } catch (error) {
        end = afterError(error, everOpen);
      }
      if (signal.aborted) return;
      if (end.then === "stop") throw end.error;
      if (end.then === "login") loggedOut = true;
      attempt++;
      // The first login after a session's end is no overload and need not wait.
      const backoff = end.then === "login" && attempt === 1 ? 0 : backoffMs(attempt, random());
      const delayMs = (end.leastMs ?? 0) + backoff;
      yield { kind: "lost", attempt, retryAtMs: Date.now() + delayMs, delayMs, error: end.error };
      if (delayMs > 0) await pause.wait(delayMs, signal);
    }
  }

  return { items, retryNow: pause.wake };
}

type Goodbye = Extract<Event["kind"], { case: "goodbye" }>["value"];

interface End {
  readonly then: "retry" | "login" | "stop";
  readonly error: unknown;
  /** Least time to wait, ms. */
  readonly leastMs?: number;
}

const GOODBYES = ["UNKNOWN", "SHUTTING_DOWN", "LOGGED_OUT", "TOO_SLOW", "SESSION_EXPIRED"] as const;

/** A goodbye wins over the code that the stream then ends with. */
function afterGoodbye(goodbye: Goodbye): End {
  const error = new SessionEnded(GOODBYES[goodbye.reason] ?? "UNKNOWN");
  const leastMs = goodbye.retryAfter ? ms(goodbye.retryAfter) : 0;
  if (goodbye.reconnect) return { then: "retry", error, leastMs };
  return { then: error.reason === "SESSION_EXPIRED" ? "login" : "stop", error, leastMs };
}

function afterError(error: unknown, everOpen: boolean): End {
  if (isLoggedOut(error)) return { then: "login", error };
  const refusal = refusalOf(error);
  const leastMs = refusal?.retryMs ?? 0;
  // After a break the server may still count the feed that it has not seen die.
  const crowded = refusal?.reason === "ROOM_FULL" && everOpen;
  return { then: isTransient(error) || crowded ? "retry" : "stop", error, leastMs };
}
