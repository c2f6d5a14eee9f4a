import type { Config } from "../config.js";
import type { Catalog } from "../i18n/index.js";
import { createCredentials } from "../storage/credentials.js";
import type { EntryOptions } from "./enter.js";

/** What a command runs in. */
export interface Context {
  readonly config: Config;
  readonly words: Catalog;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** Aborts when a signal asks the program to leave; the command says goodbye and returns. */
  readonly signal: AbortSignal;
}

/** A person can answer questions: both ends are terminals and nothing asks for plain lines. */
export function isInteractive({ config, stdin, stdout, env }: Context): boolean {
  return Boolean(stdin.isTTY && stdout.isTTY) && env.TERM !== "dumb" && !config.json && !config.plain;
}

export function entryOptions({ config, words, signal }: Context, waitOutRate: boolean): EntryOptions {
  return {
    server: config.server,
    nickname: config.nickname,
    token: config.token,
    credentials: createCredentials(config.stateDir),
    language: words.locale,
    waitOutRate,
    signal,
  };
}
