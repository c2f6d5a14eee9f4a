import type { Problem } from "../chat/line.js";

/** Exit codes, as --help lists them. */
export const EXIT = {
  done: 0,
  unexpected: 1,
  usage: 2,
  unreachable: 3,
  login: 4,
  noSuchUser: 5,
  rejected: 6,
  hangup: 129,
  interrupt: 130,
  brokenPipe: 141,
  terminated: 143,
} as const;

/** Ends a command: `problem` is written to stderr, and the program exits with `code`. */
export class Failure extends Error {
  override readonly name = "Failure";

  constructor(
    readonly code: number,
    readonly problem: Problem | string,
    options?: ErrorOptions,
  ) {
    super(typeof problem === "string" ? problem : problem.what, options);
  }
}

/** What asks the program to end. `EPIPE`: the reader of stdout has closed it. */
export type StopCause = "SIGTERM" | "SIGHUP" | "SIGINT" | "EPIPE";

/**
 * The signals that ask the program to end. On Windows, Node has SIGHUP for a window that is closed, SIGBREAK for
 * Ctrl-Break, and SIGTERM from no one: another process can only end it at once.
 */
export function signalsOf(platform: NodeJS.Platform): readonly (readonly [NodeJS.Signals, StopCause])[] {
  const everywhere = [
    ["SIGTERM", "SIGTERM"],
    ["SIGHUP", "SIGHUP"],
    ["SIGINT", "SIGINT"],
  ] as const;
  return platform === "win32" ? [...everywhere, ["SIGBREAK", "SIGINT"]] : everywhere;
}

/** 128 plus the signal's number, as a shell has it of a program that a signal ended. */
const INTERRUPTED: Readonly<Record<StopCause, number>> = {
  SIGTERM: EXIT.terminated,
  SIGHUP: EXIT.hangup,
  SIGINT: EXIT.interrupt,
  EPIPE: EXIT.brokenPipe,
};

/**
 * Why the program was asked to end: the reason of the abort of `Context.signal`. The command leaves the room first; a
 * second signal ends it at once.
 */
export class Stopped extends Error {
  override readonly name = "Stopped";

  constructor(
    readonly why: StopCause,
    options?: ErrorOptions,
  ) {
    super(`stopped by ${why}`, options);
  }

  /** The exit code. `isDone`: the command had nothing left to do, as one that runs until it is stopped. */
  code(isDone: boolean): number {
    const canSucceed = this.why === "SIGTERM" || this.why === "EPIPE";
    return isDone && canSucceed ? EXIT.done : INTERRUPTED[this.why];
  }
}

/** The exit code of a refused line. */
export function exitOf(problem: Problem): number {
  switch (problem.what) {
    case "unknown_command":
    case "looks_like":
    case "no_help":
    case "habit":
    case "bad_form":
    case "nothing_searched":
    case "takes_nothing":
    case "nothing_to_send":
    case "nobody_to_reply_to":
    case "bad_count":
    case "bad_arguments":
    case "confirm_quote":
    case "confirm_redact":
    case "confirm_ban":
    case "confirm_unregister":
    case "bad_input":
    case "typed_at_login":
    case "cancelled":
    case "editor_failed":
    case "not_utf8":
    case "input_full":
    case "ignores_self":
    case "not_ignored":
      return EXIT.usage;
    case "connection_lost":
    case "cannot_reach":
    case "proxy":
    case "certificate":
    case "wrong_scheme":
    case "not_parlance":
    case "held_back":
    case "not_sent":
    case "left_behind":
    case "left_unsent":
    case "not_confirmed":
      return EXIT.unreachable;
    case "bad_token":
    case "nickname_space":
    case "nickname_start":
    case "nickname_taken":
    case "nickname_reserved":
    case "nickname_registered":
    case "secret_wrong":
    case "invite_needed":
    case "external_only":
    case "guests_refused":
    case "banned":
    case "nickname_invalid":
    case "session_lost":
      return EXIT.login;
    case "no_such_user":
    case "another_person":
    case "joined_since":
    case "space_missing":
    case "no_such_person":
    case "another_target":
      return EXIT.noSuchUser;
    case "rate_limited":
    case "text_too_long":
    case "ignoring":
    case "nothing_to_redact":
    case "nothing_to_edit":
    case "nothing_to_quote":
    case "message_gone":
    case "no_such_ban":
    case "not_offered":
    case "not_allowed":
    case "muted":
    case "registered_only":
    case "no_history":
    case "refused":
      return EXIT.rejected;
  }
}
