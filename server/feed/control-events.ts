import { type EndReason, endReasons } from "../room/errors.js";

/** What a feed sends about itself, between the events of the room. */
export type ControlEvent =
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

/** A lost position, as the log names it and as readers receive it. */
export const gapReasons = { trimmed: "TRIMMED", epoch: "STORE_REPLACED", future: "AHEAD" } as const;

/** Why events after a reader's position are gone. */
export type GapReason = (typeof gapReasons)[keyof typeof gapReasons];

/** The last event. `reconnect`: whether the same member can resume, after `retryAfterMs` or at once. */
export interface Goodbye {
  readonly kind: "goodbye";
  readonly reason: EndReason;
  readonly reconnect: boolean;
  readonly retryAfterMs?: number;
}

/** The server ended the feed; goodbye has been sent where the reader still took bytes. */
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

/** `retryAfterMs`: how long a shutdown is expected to last. */
export function goodbyeFor(reason: EndReason, retryAfterMs: number): Goodbye {
  const { reconnect } = endReasons[reason];
  return { kind: "goodbye", reason, reconnect, ...(reason === "SHUTTING_DOWN" && { retryAfterMs }) };
}
