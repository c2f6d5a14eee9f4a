/**
 * The commands of `parlance`, one file each: they compose session, chat, storage and terminal, and return an exit code.
 * `interactive/` is the chat on a terminal; program.ts is the command line.
 */
import type { Config } from "../config.js";
import type { Catalog } from "../i18n/index.js";

/** What a command runs in. */
export interface Context {
  readonly config: Config;
  readonly words: Catalog;
  readonly stdin: NodeJS.ReadStream & { readonly fd: number };
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** Aborts when a signal asks the program to end; the command then leaves the room and returns. */
  readonly signal: AbortSignal;
  /** While `run` is under way, ^C is for another program that has the terminal. */
  readonly withoutInterrupts: <T>(run: () => Promise<T>) => Promise<T>;
}

/** Whether a person can be asked: both ends are terminals, and plain lines were not requested. */
export function isInteractive({ config, stdin, stdout, env }: Context): boolean {
  return Boolean(stdin.isTTY && stdout.isTTY) && env.TERM !== "dumb" && !config.json && !config.plain;
}
