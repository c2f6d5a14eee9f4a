/** What a feed says about itself, between the events of the room. */
export type Note =
  | {
      readonly kind: "hello";
      readonly online: number;
      readonly ignoring: boolean;
      readonly heartbeatMs: number;
      readonly resumed: boolean;
    }
  | { readonly kind: "caught_up"; readonly replayed: number }
  | { readonly kind: "heartbeat" }
  | { readonly kind: "gap"; readonly reason: GapReason }
  | Goodbye;

/** What the log calls it, and what a reader is told. */
export const gapReasons = { trimmed: "TRIMMED", epoch: "STORE_REPLACED", future: "AHEAD" } as const;

/** Why events behind a reader's place are gone. */
export type GapReason = "TRIMMED" | "STORE_REPLACED" | "AHEAD";

/** Why the server ends a feed. */
export type EndReason = "SHUTTING_DOWN" | "LOGGED_OUT" | "TOO_SLOW" | "SESSION_EXPIRED";

/** The last word. `reconnect`: whether the same member can come back, after `retryAfterMs` or at once. */
export interface Goodbye {
  readonly kind: "goodbye";
  readonly reason: EndReason;
  readonly reconnect: boolean;
  readonly retryAfterMs?: number;
}

/** What the promise of a feed rejects with when the server ended it; the last word has been said where possible. */
export class FeedEnded extends Error {
  static {
    FeedEnded.prototype.name = "FeedEnded";
  }

  constructor(
    readonly reason: EndReason,
    options?: ErrorOptions,
  ) {
    super(`the server ended the feed: ${reason}`, options);
  }
}

/** `retryAfterMs`: how long a server that goes down is expected to be away. */
export function goodbyeFor(reason: EndReason, retryAfterMs: number): Goodbye {
  switch (reason) {
    case "SHUTTING_DOWN":
      return { kind: "goodbye", reason, reconnect: true, retryAfterMs };
    case "TOO_SLOW":
      return { kind: "goodbye", reason, reconnect: true };
    case "LOGGED_OUT":
    case "SESSION_EXPIRED":
      return { kind: "goodbye", reason, reconnect: false };
  }
}
