import { type Log, type LogFields, type LogLevel, shownFields, UNPRINTABLE } from "./log.js";

/**
 * A log for programs, of one JSON object a line: `{"level":"info","time":"2026-01-31T12:00:00.000Z","key":1,"msg":"..."}`.
 * The parameters are those of createLog. Pino is loaded by the call, so that other commands do not wait for it.
 */
export async function createJsonLog(
  level: LogLevel,
  write: (line: string) => void,
  now: () => number = Date.now,
): Promise<Log> {
  const { pino } = await import("pino");
  const logger = pino(
    {
      level,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
    },
    { write: (line) => write(`${line.slice(0, -1).replace(UNPRINTABLE, escaped)}\n`) },
  );
  const at =
    (own: Exclude<LogLevel, "silent">) =>
    (message: string, fields: LogFields = {}) => {
      if (logger.isLevelEnabled(own)) logger[own](Object.fromEntries(shownFields(fields)), message);
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Outside of its strings, a line of JSON has no such character. */
function escaped(characters: string): string {
  return Array.from({ length: characters.length }, (_, i) => characters.charCodeAt(i))
    .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
    .join("");
}
