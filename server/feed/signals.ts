import { type EndReason, endReasons } from "../room/errors.js";

/**
 * What a feed sends about itself, between the events of the room. The log does not keep it. The first signal, hello, is
 * sent by the RPC (rpc/subscribe.ts).
 */
export type Signal =
  /** `online`: members in the room at its position. */
  | { readonly kind: "caught_up"; readonly replayed: number; readonly online: number }
  | { readonly kind: "heartbeat" }
  | { readonly kind: "gap"; readonly reason: GapReason }
  | Goodbye;

/** A lost position, as the log names it and as readers receive it. */
export const gapReasons = { trimmed: "TRIMMED", epoch: "STORE_REPLACED", future: "AHEAD" } as const;

/** Why events after a reader's position are gone. */
export type GapReason = (typeof gapReasons)[keyof typeof gapReasons];

/** The last signal. `reconnect`: whether the same member can resume, after `retryDelayMs` or at once. */
export interface Goodbye {
  readonly kind: "goodbye";
  readonly reason: EndReason;
  readonly reconnect: boolean;
  readonly retryDelayMs?: number;
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

/** `retryDelayMs`: how long a shutdown is expected to last. */
export function goodbyeFor(reason: EndReason, retryDelayMs: number): Goodbye {
  const { reconnect } = endReasons[reason];
  return { kind: "goodbye", reason, reconnect, ...(reason === "SHUTTING_DOWN" && { retryDelayMs }) };
}
