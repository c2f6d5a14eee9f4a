import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { questionAfter } from "../chat/problem.js";
import { createChatClient } from "../session/client.js";
import { isLoggedOut } from "../session/errors.js";
import { nodeTransport } from "../session/node.js";
import { Credentials } from "../storage/credentials.js";
import type { Context } from "./context.js";
import { EXIT, Failure } from "./exit.js";
import { createOutput } from "./pipe/output.js";
import { readLines } from "./pipe/read-lines.js";
import { logIn, loginRefusal, type SignedIn, type SignInOptions } from "./sign-in.js";

/** `parlance login`: logs in and keeps the session for later commands. */
export async function runLogin(context: Context): Promise<number> {
  const { config, words, stdout } = context;
  const nickname = config.nickname ?? (await askNickname(context));
  if (!nickname) throw new Failure(EXIT.usage, words.cli.needNick);
  const { session } = await logInAsking(context, nickname);
  stdout.write(`${words.cli.loggedIn(session.self.nickname)}\n`);
  return EXIT.done;
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
      const prompt = question === "secret" ? words.login.secretPrompt : words.login.invitePrompt;
      const typed = await askPerson(context, prompt, { hidden: question === "secret" });
      if (typed === "") throw refused;
      given = { ...given, [question]: typed };
    }
  }
}

/** `parlance logout`: ends the kept session. */
export async function runLogout(context: Context): Promise<number> {
  const { config, words, stdout } = context;
  const { server, nickname, stateDir } = config;
  const credentials = new Credentials(stateDir);
  const stored = credentials.find(server, nickname);
  if (!stored) throw new Failure(EXIT.login, words.cli.notLoggedIn);
  const client = createChatClient({
    transport: nodeTransport(server, config.ca),
    language: words.locale,
    token: () => stored.token,
  });
  try {
    await client.logout({}, { timeoutMs: LOGOUT_TIMEOUT_MS });
  } catch (error) {
    // A session that has ended already is the desired result.
    if (!isLoggedOut(error)) {
      throw await loginRefusal(error, context, stored.self.nickname).then(
        (problem) => new Failure(EXIT.rejected, problem, { cause: error }),
      );
    }
  }
  credentials.remove(server, stored.self.nickname);
  stdout.write(`${words.cli.loggedOut(stored.self.nickname)}\n`);
  return EXIT.done;
}

const LOGOUT_TIMEOUT_MS = 10_000;

async function askNickname(context: Context): Promise<string | undefined> {
  const { stdin, words } = context;
  if (stdin.isTTY) return askPerson(context, words.login.prompt);
  const first = await readLines(stdin).next();
  return first.done ? undefined : first.value;
}

/** What a person types on the terminal; without an echo if it is hidden. */
async function askPerson(
  { stdin, stderr, signal }: Context,
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
    return await prompt.question(question, { signal });
  } finally {
    prompt.close();
    if (hidden) stderr.write("\n");
  }
}
