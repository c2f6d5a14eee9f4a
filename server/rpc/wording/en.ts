import type { RefusalDetail, RefusalReason } from "../../room/errors.js";
import type { Mistake } from "../../wire/refusals/mistakes.js";

/** Seconds for people: tenths below ten, whole seconds above. */
const seconds = (ms = 0) => (ms < 10_000 ? Math.ceil(ms / 100) / 10 : Math.ceil(ms / 1000));

const nicknameRules: Record<string, string> = {
  empty: "a nickname needs at least one character",
  too_long: "a nickname has at most 24 characters, 64 bytes and 24 columns",
  whitespace: "a nickname has no spaces",
  first_character: "a nickname begins with a letter or a digit",
  character: "a nickname has letters, digits, _ - and . only",
  invisible: "a nickname has no invisible characters",
  not_unicode: "the nickname is not valid Unicode",
  digits: "a nickname has digits of one kind only",
  marks: "a nickname has at most two marks on a letter",
  scripts: "a nickname does not mix scripts that look alike",
};

const textRules: Record<string, string> = {
  empty: "the text shows nothing",
  control: "the text has control characters",
  bidi: "the text has bidirectional control characters that are not allowed",
  not_unicode: "the text is not valid Unicode",
};

const fullRules: Record<string, string> = {
  replaced: "a newer feed of the same member has taken the place of this one",
  address: "too many members have logged in from your address",
  registrations: "this room has no space for another registered nickname",
};

const rateRules: Record<string, string> = {
  address: "too many calls from your address",
  guesses: "too many attempts with a wrong secret or invite",
  secrets: "too many people are logging in",
  slow_mode: "slow mode is on",
};

const secretRules: Record<string, (limit?: number) => string> = {
  too_short: (limit) => `a secret has at least ${limit} bytes`,
  too_long: (limit) => `a secret has at most ${limit} bytes`,
};

const accessTokenRules: Record<string, string> = {
  malformed: "the access token is not a signed JWT",
  algorithm: "the access token is signed in a way that this server does not take",
  signature: "the signature of the access token is not by a key of the application",
  issuer: "the access token is of another issuer",
  audience: "the access token is for another room",
  expired: "the access token has expired; get a new one from your application",
  not_yet: "the access token is not valid yet",
  claims: "the access token lacks `sub` or `exp`, or its nickname is no text",
  no_keys: "the keys of your application cannot be read at present; try again in a moment",
  not_taken: "this server takes no access tokens",
  missing: "this room needs an access token of the application that it belongs to",
};

const guestRules: Record<string, string> = {
  closed: "the door is closed to guests at present",
  speaking: "only registered nicknames may send messages at present",
  registering: "guests may not register a nickname at present",
};

/** What is wrong with a field. */
const requestRules: Record<string, string> = {
  empty: "is empty",
  missing: "is required",
  not_found: "names none that there is",
  range: "is out of range",
  text: "has characters that are not allowed, or more than one line",
  wide: "is wide; allow_wide bans it all the same",
  alone: "cannot be combined with other fields",
  configured: "is fixed by the settings of the server",
  with_secret: "and secret cannot both be set",
  edits: "names a message that was edited as often as it can be; send a new one",
};

const roleRules: Record<string, string> = {
  removed: "a moderator removed you from the room",
  speaking: "only moderators may send messages at present",
  rank: "you can act only on people of a lower role than yours",
  oneself: "you cannot do that to yourself",
  external: "your identity comes from outside; there is nothing to register here",
};

/** For people, rounded up: "90 s", "15 min", "3 h", "2 d". */
function span(ms: number): string {
  if (ms <= 120_000) return `${seconds(ms)} s`;
  if (ms <= 7_200_000) return `${Math.ceil(ms / 60_000)} min`;
  return ms <= 172_800_000 ? `${Math.ceil(ms / 3_600_000)} h` : `${Math.ceil(ms / 86_400_000)} d`;
}

function mistake(made: Mistake): string {
  switch (made.kind) {
    case "not_found":
      return made.isRpc
        ? `this server has no RPC ${made.sent}; server reflection lists those it has: buf curl --list-methods SERVER`
        : `there is nothing at ${made.sent}; / describes this server`;
    case "method":
      return `this RPC is not served for ${made.sent}, only for ${made.allow}; try: ${made.example}`;
    case "content_type": {
      const sent =
        made.sent === "" ? "the request has no content-type" : `this RPC does not read ${made.sent}`;
      return `${sent}; it reads ${made.accept}; try: ${made.example}`;
    }
    case "query":
      return `the query of a GET needs connect=v1, encoding=json or encoding=proto, and message; try: ${made.example}`;
    case "version": {
      const wanted = made.isQuery
        ? "the query parameter connect must be v1"
        : "connect-protocol-version must be 1";
      return `${wanted}, not ${made.sent}; this server has no other version of the Connect protocol`;
    }
    case "envelope":
      return `the message has no envelope: one byte of flags and four bytes of length, big-endian, come before it; try: ${made.example}`;
  }
}

export const en = {
  refusal: {
    NICKNAME_INVALID: ({ rule = "" }) => nicknameRules[rule] ?? "that is not a nickname",
    NICKNAME_TAKEN: ({ suggestion }) =>
      `that nickname is taken, or looks like one that is${suggestion ? `; ${suggestion} is free` : ""}`,
    NICKNAME_RESERVED: () => "that nickname is reserved",
    NOT_LOGGED_IN: () => "log in first: the token is missing or unknown, or its session has ended",
    USER_NOT_FOUND: ({ rule, suggestion }) => {
      if (rule === "left") return "the person you wrote to has left, and would not see the edit";
      if (rule === "another") return "the member you mean has left; someone else has that nickname now";
      return `no member has that nickname${suggestion ? `; did you mean ${suggestion}?` : ""}`;
    },
    IGNORING: () => "you are ignoring group messages; stop ignoring them to send one",
    TEXT_INVALID: ({ rule = "", limit }) => {
      if (rule === "too_long") return `the text is over ${limit} bytes`;
      if (rule === "too_many_lines") return `the text is over ${limit} lines`;
      return textRules[rule] ?? "the text cannot be sent";
    },
    RATE_LIMITED: ({ rule = "", retryDelayMs }) =>
      `${rateRules[rule] ?? "sending too fast"}; try again in ${span(retryDelayMs ?? 0)}`,
    TOO_SLOW: () => "the feed was read too slowly; subscribe again after the last cursor",
    SHUTTING_DOWN: () => "the server is shutting down; try again in a moment",
    STORE_UNAVAILABLE: () => "the store is unavailable; try again with the same request_id",
    ROOM_FULL: ({ rule = "" }) => fullRules[rule] ?? "the room is full",
    CURSOR_INVALID: () => "that is not a cursor of this server",
    REQUEST_INVALID: ({ field, rule, limit }) => {
      if (rule === "too_long") return `${field} is over ${limit} bytes`;
      if (rule === "too_short") return `${field} is under ${limit} characters`;
      if (rule === "too_many") return `${field} has over ${limit} entries`;
      if (rule === "both") return "before and after cannot both be set";
      if (rule === "reused") return `this ${field} was used for another request`;
      return `${field ?? "the request"} ${requestRules[rule ?? ""] ?? "cannot be read"}`;
    },
    NICKNAME_REGISTERED: ({ suggestion }) =>
      `that nickname is registered, or looks like one that is; give its secret, or take another${suggestion ? `: ${suggestion} is free` : ""}`,
    SECRET_INVALID: ({ rule = "", limit }) =>
      secretRules[rule]?.(limit) ?? "the nickname and the secret do not match",
    INVITE_INVALID: ({ rule }): string =>
      rule === "missing"
        ? "this room needs its passphrase or an invite"
        : "that passphrase or invite is not valid: it is wrong, used up, expired or revoked",
    ACCESS_TOKEN_INVALID: ({ rule = "" }) => accessTokenRules[rule] ?? "the access token is not valid here",
    REGISTRATION_REQUIRED: ({ rule = "", retryDelayMs }) => {
      const cause = guestRules[rule] ?? "this room is for registered nicknames";
      return `${cause}${retryDelayMs === undefined ? "" : `; try again in ${span(retryDelayMs)}`}`;
    },
    BANNED: ({ retryDelayMs, reference, because }) => {
      const time = retryDelayMs === undefined ? "" : ` for ${span(retryDelayMs)} more`;
      const quote = reference === undefined ? "" : `; ban ${reference}`;
      return `you are banned from this room${time}${because ? `: ${because}` : ""}${quote}`;
    },
    MUTED: ({ retryDelayMs }) =>
      `a moderator has muted you${retryDelayMs === undefined ? "" : ` for ${span(retryDelayMs)} more`}; only moderators receive what you send them`,
    NOT_ALLOWED: ({ rule = "" }) => roleRules[rule] ?? "your role does not permit that",
    MESSAGE_NOT_FOUND: () => "there is no such message that you can see; it may no longer be kept",
  } satisfies Record<RefusalReason, (detail: RefusalDetail) => string>,
  internal: "internal error",
  mistake,
  help: {
    say: { usage: "TEXT", summary: "sends it to everyone" },
    whisper: { usage: "@NICKNAME TEXT", summary: "sends it to one person only" },
    ls: { usage: "/ls", summary: "lists who is online" },
    i: { usage: "/i", summary: "ignores group messages, or stops ignoring them" },
    reply: { usage: "/reply TEXT", summary: "replies to the last private message" },
    history: { usage: "/history [N]", summary: "shows older messages" },
    help: { usage: "/help", summary: "shows this help" },
    quit: { usage: "/quit", summary: "leaves the room" },
  },
};

/** The keys of every language; a missing or extra one is a type error. */
export type Wording = typeof en;
