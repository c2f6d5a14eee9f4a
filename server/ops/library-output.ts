import { inspect } from "node:util";
import type { Clock } from "../room/ports.js";
import type { Log, LogLevel } from "./log.js";
import { Repeats } from "./repeats.js";

type Level = Exclude<LogLevel, "silent">;

const CONSOLE_LEVELS = {
  error: "warn",
  warn: "warn",
  info: "info",
  log: "info",
  debug: "debug",
  trace: "debug",
} as const satisfies Partial<Record<keyof Console, Level>>;
type Method = keyof typeof CONSOLE_LEVELS;

/** What Node and the libraries print, as records of the log: short, and repeated ones counted once a minute. */
export interface LibraryOutput {
  /** Logs a warning that Node emits. */
  readonly warning: (warning: Error) => void;
  /** From here on, what is written to the console is logged. */
  capture(console: Pick<Console, Method>): void;
}

const MAX_LENGTH = 500;

export function createLibraryOutput(log: Log, clock: Pick<Clock, "after">): LibraryOutput {
  const repeats = new Repeats(clock);

  function write(level: Level, message: string, kind: string, output: string): void {
    repeats.add(`${level} ${kind}`, undefined, ({ count }) =>
      log[level](message, { output, count: count > 1 ? count : undefined }),
    );
  }

  return {
    warning(warning) {
      const code = (warning as NodeJS.ErrnoException).code;
      write("warn", "Node.js warning", `${warning.name} ${code}`, inShort([warning]));
    },
    capture(console) {
      for (const [method, level] of Object.entries(CONSOLE_LEVELS) as [Method, Level][])
        console[method] = (...values: unknown[]) =>
          write(level, "library output", String(values[0]).slice(0, 80), inShort(values));
    },
  };
}

/** Without stacks, and without the path of the installation. */
function inShort(values: readonly unknown[]): string {
  const text = values
    .map(shown)
    .join(" ")
    .replace(/(?:file:\/\/)?(?:\/[^\s/:()]+)*\/node_modules\//g, "");
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}...` : text;
}

function shown(value: unknown): string {
  if (value instanceof Error) {
    const cause = value.cause instanceof Error ? `, caused by ${value.cause.message}` : "";
    return `${value.name}: ${value.message}${cause}`;
  }
  const text = typeof value === "string" ? value : inspect(value, { depth: 1, breakLength: Infinity });
  return text.replace(/\n\s+at .*/g, "");
}
