import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { questionAfter } from "../chat/problem.js";
import { createChatClient } from "../session/client.js";
import { isLoggedOut } from "../session/errors.js";
import { serverTransport } from "../session/transport.js";
import { Credentials } from "../storage/credentials.js";
import { mayBeAltered } from "../text/utf8.js";
import type { Context } from "./context.js";
import { connectionFailure } from "./diagnose.js";
import { EXIT, Failure } from "./exit.js";
import { createOutput } from "./pipe/output.js";
import { chunksOf, firstLine, readLines } from "./pipe/read-lines.js";
import { logIn, loginRefusal, resume, type SignedIn, type SignInOptions } from "./sign-in.js";

/** `parlance login`: logs in and keeps the session for later commands. */
export async function runLogin(context: Context): Promise<number> {
  const { config, words, stdout } = context;
  const nickname = config.nickname ?? (await askNickname(context));
  if (!nickname) throw new Failure(EXIT.usage, words.cli.needNick);
  const again = await resumeKept(context, nickname);
  const { session } = again ?? (await logInAsking(context, nickname));
  const own = session.self.nickname;
  const credentials = new Credentials(config.stateDir);
  if (!credentials.find(config.server, own)?.kept) {
    await session.leave();
    throw new Failure(EXIT.unexpected, words.cli.notKept(credentials.path));
  }
  stdout.write(`${again?.resumed ? words.cli.alreadyLoggedIn(own) : words.cli.loggedIn(own)}\n`);
  return EXIT.done;
}

/** The session that this machine has under the nickname already, which is kept from now on. */
async function resumeKept(context: Context, nickname: string): Promise<SignedIn | undefined> {
  const { server, stateDir } = context.config;
  const credentials = new Credentials(stateDir);
  if (!credentials.find(server, nickname)) return undefined;
  const config = { ...context.config, nickname, token: undefined };
  const resumed = await resume({ ...context, config }, { waitOutRate: true }).catch(
    async (error: unknown) => {
      throw (await connectionFailure(error, context)) ?? error;
    },
  );
  const stored = credentials.find(server, nickname);
  if (resumed && stored) credentials.save(server, stored, true);
  return resumed;
}

/** Asks a person for the secret or the invite that is missing or wrong, until a login succeeds or nothing is typed. */
async function logInAsking(context: Context, nickname: string): Promise<SignedIn> {
  const { config, words, stdin, signal } = context;
  const output = createOutput(context);
  let given: Pick<SignInOptions, "secret" | "invite"> = {};
  for (;;) {
    try {
      return await logIn(context, nickname, { kept: true, waitOutRate: true, ...given });
    } catch (error) {
      signal.throwIfAborted();
      const problem = await loginRefusal(error, context, nickname, given.invite ?? config.invite);
      const question = stdin.isTTY ? questionAfter(problem) : "nickname";
      const refused = new Failure(EXIT.login, problem, { cause: error });
      if (question === "nickname") throw refused;
      output.problem(problem);
      const prompt = question === "secret" ? words.asks.secretPrompt : words.asks.invitePrompt;
      const typed = await askPerson(context, prompt, { hidden: question === "secret" });
      if (typed === "") throw refused;
      given = { ...given, [question]: typed };
    }
  }
}

/** `parlance logout`: ends the kept session. */
export async function runLogout(context: Context): Promise<number> {
  const { config, words, stdout, signal } = context;
  const { server, nickname, stateDir } = config;
  const credentials = new Credentials(stateDir);
  const stored = credentials.find(server, nickname);
  if (!stored) throw new Failure(EXIT.login, words.cli.notLoggedIn);
  const client = createChatClient({
    transport: serverTransport(server, config.ca),
    language: words.locale,
    token: () => stored.token,
  });
  try {
    await client.logout({}, { signal, timeoutMs: LOGOUT_TIMEOUT_MS });
  } catch (error) {
    signal.throwIfAborted();
    // A session that has ended already is the desired result.
    if (!isLoggedOut(error)) {
      throw await loginRefusal(error, context, stored.self.nickname).then(
        (problem) => new Failure(EXIT.rejected, problem, { cause: error }),
      );
    }
  }
  if (!credentials.remove(server, stored.self.nickname)) {
    throw new Failure(EXIT.unexpected, words.cli.notForgotten(credentials.path));
  }
  stdout.write(`${words.cli.loggedOut(stored.self.nickname)}\n`);
  return EXIT.done;
}

const LOGOUT_TIMEOUT_MS = 10_000;

async function askNickname(context: Context): Promise<string | undefined> {
  const { stdin, words } = context;
  if (stdin.isTTY) return askPerson(context, words.asks.prompt);
  return firstLine(readLines(chunksOf(context)), words);
}

/** What a person types on the terminal; without an echo if it is hidden. */
async function askPerson(
  { stdin, stderr, signal, words }: Context,
  question: string,
  { hidden = false } = {},
): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const prompt = createInterface({ input: stdin, output: hidden ? nowhere : stderr, terminal: true });
  // Now that the terminal echoes nothing: a fast reader would see its first keys.
  if (hidden) stderr.write(question);
  // In raw mode, ^C is a key.
  prompt.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    const typed = await prompt.question(question, { signal });
    if (mayBeAltered(typed)) throw new Failure(EXIT.usage, words.cli.stdinNotUtf8);
    return typed;
  } finally {
    prompt.close();
    if (hidden) stderr.write("\n");
  }
}
