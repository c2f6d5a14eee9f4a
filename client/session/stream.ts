import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { SubscribeRequestSchema, SubscribeResponse } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Event } from "../../gen/parlance/v1/event_pb.js";
import type { ChatClient } from "./connect.js";
import { ms } from "./errors.js";
import { createWatchdog } from "./watchdog.js";

/** `hello` is sent at once, so its absence is a dead line. */
const HELLO_LIMIT_MS = 10_000;

/** Silence that means a lost connection, ms. With the usual heartbeat of 15 s: 40 s. */
export function silenceLimitMs(heartbeatIntervalMs: number): number {
  return 2 * heartbeatIntervalMs + 10_000;
}

/**
 * The events of one connection. Ends after a goodbye even if the server holds the stream open; throws what the stream
 * ends with, or `unavailable` when nothing was heard for too long.
 */
export async function* readEvents(
  subscribe: ChatClient["subscribe"],
  request: MessageInitShape<typeof SubscribeRequestSchema>,
  signal: AbortSignal,
): AsyncGenerator<Event, void, undefined> {
  // Leaving a `for await` does not cancel the call on any transport: only an AbortController does.
  const call = new AbortController();
  const wait: { giveUp?: (reason: unknown) => void } = {};
  const cut = (reason: unknown) => {
    call.abort(reason);
    wait.giveUp?.(reason);
  };
  const stop = () => cut(signal.reason);
  const watchdog = createWatchdog(HELLO_LIMIT_MS, () =>
    cut(new ConnectError("nothing heard from the server", Code.Unavailable)),
  );
  signal.addEventListener("abort", stop, { once: true });
  try {
    signal.throwIfAborted();
    const responses = subscribe(request, { signal: call.signal })[Symbol.asyncIterator]();
    for (;;) {
      watchdog.listening();
      // A hook and not Promise.race: racing one long-lived promise per event would keep every event's reaction.
      const next = await new Promise<IteratorResult<SubscribeResponse>>((resolve, reject) => {
        wait.giveUp = reject;
        responses.next().then(resolve, reject);
      });
      watchdog.heard();
      // After an abort, messages already received may still come (connect-es#1792).
      signal.throwIfAborted();
      if (next.done) return;
      const { event } = next.value;
      if (!event) continue;
      if (event.kind.case === "hello" && event.kind.value.heartbeatInterval) {
        watchdog.setLimit(silenceLimitMs(ms(event.kind.value.heartbeatInterval)));
      }
      yield event;
      if (event.kind.case === "goodbye") return;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    watchdog.stop();
    call.abort();
  }
}
