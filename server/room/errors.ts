/** Why the room refuses, in its own words; server/rpc alone translates them into codes. */
export type RefusalReason =
  | "NICKNAME_INVALID"
  | "NICKNAME_TAKEN"
  | "NICKNAME_RESERVED"
  | "NOT_LOGGED_IN"
  | "USER_NOT_FOUND"
  | "IGNORING"
  | "TEXT_INVALID"
  | "RATE_LIMITED"
  | "TOO_SLOW"
  | "SHUTTING_DOWN"
  | "STORE_UNAVAILABLE"
  | "ROOM_FULL"
  | "CURSOR_INVALID"
  | "REQUEST_INVALID";

/** How a feed ends that the server ends. */
interface FeedEnd {
  /** Whether the same member can come back. */
  readonly reconnect: boolean;
  /** What the RPC of the feed then fails with. */
  readonly refusal: RefusalReason;
}

const rows = {
  SHUTTING_DOWN: { reconnect: true, refusal: "SHUTTING_DOWN" },
  TOO_SLOW: { reconnect: true, refusal: "TOO_SLOW" },
  LOGGED_OUT: { reconnect: false, refusal: "NOT_LOGGED_IN" },
  SESSION_EXPIRED: { reconnect: false, refusal: "NOT_LOGGED_IN" },
} satisfies Record<string, FeedEnd>;

/** Why the server ends a feed; the names are those of GoodbyeReason in the schema. */
export type EndReason = keyof typeof rows;

/** A new reason is a row here, a value of GoodbyeReason, and the place that raises it. */
export const endReasons: Readonly<Record<EndReason, FeedEnd>> = rows;

export interface RefusalDetail {
  /** The request's field at fault, as the schema writes it. */
  readonly field?: string;
  readonly retryDelayMs?: number;
  /** The limit that was exceeded. */
  readonly limit?: number;
  /** What would have worked. */
  readonly suggestion?: string;
  /** Finer than the reason: picks the sentence that a person reads, such as "whitespace" or "too_long". */
  readonly rule?: string;
}

/** An answer, not a fault: the room says no, why, and what would help. */
export class Refusal extends Error {
  static {
    Refusal.prototype.name = "Refusal";
  }

  constructor(
    readonly reason: RefusalReason,
    readonly detail: RefusalDetail = {},
    options?: ErrorOptions,
  ) {
    super(detail.rule ? `${reason}: ${detail.rule}` : reason, options);
  }
}
