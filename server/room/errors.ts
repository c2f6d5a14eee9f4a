/** Why the room refuses a call; server/rpc maps each reason to a code and a sentence. */
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
  | "REQUEST_INVALID"
  | "NICKNAME_REGISTERED"
  | "SECRET_INVALID"
  | "INVITE_INVALID"
  | "ACCESS_TOKEN_INVALID"
  | "REGISTRATION_REQUIRED"
  | "BANNED"
  | "MUTED"
  | "NOT_ALLOWED"
  | "MESSAGE_NOT_FOUND";

/** How a feed ends that the server ends. */
interface FeedEnd {
  /** Whether the same member can come back. */
  readonly reconnect: boolean;
  /** What the RPC of the feed then fails with. */
  readonly refusal: RefusalReason;
  /** The rule of that refusal, for its wording. */
  readonly rule?: string;
}

const rows = {
  SHUTTING_DOWN: { reconnect: true, refusal: "SHUTTING_DOWN" },
  TOO_SLOW: { reconnect: true, refusal: "TOO_SLOW" },
  LOGGED_OUT: { reconnect: false, refusal: "NOT_LOGGED_IN" },
  SESSION_EXPIRED: { reconnect: false, refusal: "NOT_LOGGED_IN" },
  // The member has opened more feeds than it may have, and this was the oldest.
  REPLACED: { reconnect: false, refusal: "ROOM_FULL", rule: "replaced" },
  // By a moderator. The member may come back in the first case, with another Login.
  REMOVED: { reconnect: false, refusal: "NOT_ALLOWED", rule: "removed" },
  BANNED: { reconnect: false, refusal: "BANNED" },
  // This process has not reached the store that others share for so long that the stay may go on, or end, without it.
  CUT_OFF: { reconnect: true, refusal: "STORE_UNAVAILABLE" },
} satisfies Record<string, FeedEnd>;

/**
 * Why the server ends a feed; the names are those of GoodbyeReason in the schema, which has none for CUT_OFF: goodbye
 * gives no reason then, and the error that follows it does.
 */
export type EndReason = keyof typeof rows;

/** A new reason is a row here, a value of GoodbyeReason, and the place that raises it. */
export const endReasons: Readonly<Record<EndReason, FeedEnd>> = rows;

export interface RefusalDetail {
  /** The invalid field of the request, as the schema spells it. */
  readonly field?: string;
  readonly retryDelayMs?: number;
  /** The limit exceeded. */
  readonly limit?: number;
  /** A value that would be accepted. */
  readonly suggestion?: string;
  /** What the caller may quote to a moderator: the id of a ban. */
  readonly reference?: string;
  /** A moderator's reason, in the moderator's words. */
  readonly because?: string;
  /** More specific than the reason: selects the sentence for people, such as "whitespace" or "too_long". */
  readonly rule?: string;
  /** The budget that is spent, and its address. For the operator; callers do not receive it. */
  readonly spent?: { readonly budget: AddressBudget; readonly address: string };
}

/** What is limited for an address; see members/address-budgets.ts. `members`: its share of the room. */
export type AddressBudget = "logins" | "messages" | "reads" | "wrong_tokens" | "members";

/** The room refuses a call. Expected, not a defect: it carries the reason and what would help. */
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
