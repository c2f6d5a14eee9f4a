import type { Http2Session } from "node:http2";

/**
 * Sends a PING every `intervalMs` until the session closes, and calls `gone` when one is not acknowledged within `limitMs`.
 * Without it a peer that vanished silently looks connected until the kernel gives up, up to 15 minutes later.
 */
export function watchSession(
  session: Http2Session,
  { intervalMs, limitMs }: { intervalMs: number; limitMs: number },
  gone: () => void,
): void {
  let limit: NodeJS.Timeout | undefined;

  const interval = setInterval(() => {
    // Node sends no PING once either end has said GOAWAY.
    if (session.closed || limit) return;
    let answered = false;
    session.ping((error) => {
      if (error) return;
      answered = true;
      clearTimeout(limit);
      limit = undefined;
    });
    limit = setTimeout(() => {
      // Timers run before sockets are read: if this process paused, the acknowledgement may be in the socket already.
      setImmediate(() => {
        if (!answered) gone();
      });
    }, limitMs);
  }, intervalMs);

  session.once("close", () => {
    clearInterval(interval);
    clearTimeout(limit);
  });
}
