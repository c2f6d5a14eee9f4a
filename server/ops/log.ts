/** From the most verbose to the quietest. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** auto: text for a terminal, JSON for a program. */
export const LOG_FORMATS = ["auto", "text", "json"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Texts and credentials, which must never reach a log. */
const SECRET_KEYS = ["token", "authorization", "text", "request_id", "requestId"] as const;

type Value = string | number | bigint | boolean | Error | null | undefined;
/** Details of a record. `undefined` is left out. */
export type LogFields = { readonly [key: string]: Value } & {
  readonly [key in (typeof SECRET_KEYS)[number]]?: never;
};
type Write = (message: string, fields?: LogFields) => void;

export interface Log {
  debug: Write;
  info: Write;
  warn: Write;
  error: Write;
}

/**
 * A log for people, of one line a record, in logfmt; json-log.ts has the one for programs: `time=2026-01-31T12:00:00.000Z level=info msg="..." key=value`.
 * Records below `level` are dropped. `write` gets each line with its newline. `now`: ms since 1970.
 */
export function createLog(level: LogLevel, write: (line: string) => void, now: () => number = Date.now): Log {
  const at = (own: Exclude<LogLevel, "silent">): Write => {
    if (LOG_LEVELS.indexOf(own) < LOG_LEVELS.indexOf(level)) return () => undefined;
    return (message, fields = {}) => {
      const head = `time=${new Date(now()).toISOString()} level=${own} msg=${quote(message)}`;
      write(`${[head, ...shownFields(fields).map(pair)].join(" ")}\n`);
    };
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** The same log, with these fields first in every record. */
export function withFields(log: Log, own: LogFields): Log {
  const at =
    (level: Exclude<LogLevel, "silent">): Write =>
    (message, fields) =>
      log[level](message, { ...own, ...fields });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** The fields of a record as every format shows them: without secrets, and errors as text. */
export function shownFields(fields: LogFields): [string, string | number | bigint | boolean | null][] {
  return Object.entries(fields).flatMap(([key, value]: [string, Value]) => {
    if (value === undefined) return [];
    if (SECRET_KEYS.some((secret) => secret === key)) return [[key, "hidden"]];
    return [[key, value instanceof Error ? story(value) : value]];
  });
}

/** The stack of an error and of what caused it; causes of causes only so far, for they could be a circle. */
function story(error: Error, depth = 0): string {
  const own = error.stack ?? String(error);
  return error.cause instanceof Error && depth < 4
    ? `${own}\ncaused by: ${story(error.cause, depth + 1)}`
    : own;
}

/** What needs no quotes: printable ASCII but space, quote, equals sign and backslash. */
const BARE = /^[!#-<>-[\]-~]+$/;
/** What could forge a line, drive a terminal or reorder what is read: controls, formats, separators, lone surrogates. */
export const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

function pair([key, value]: [string, unknown]): string {
  const shown = String(value);
  return `${key}=${BARE.test(shown) ? shown : quote(shown)}`;
}

function quote(text: string): string {
  const escaped = text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replace(UNPRINTABLE, byNumber);
  return `"${escaped}"`;
}

const byNumber = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16)}}`;
