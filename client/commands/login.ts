import { createInterface } from "node:readline/promises";
import { createChatClient } from "../session/client.js";
import { isLoggedOut } from "../session/errors.js";
import { serverTransport } from "../session/transport.js";
import { Credentials } from "../storage/credentials.js";
import type { Context } from "./context.js";
import { EXIT, Failure } from "./exit.js";
import { readLines } from "./pipe/read-lines.js";
import { logIn, loginRefusal } from "./sign-in.js";

/** `parlance login`: logs in and keeps the session for later commands. */
export async function runLogin(context: Context): Promise<number> {
  const { config, words, stdout } = context;
  const nickname = config.nickname ?? (await ask(context));
  if (!nickname) throw new Failure(EXIT.usage, words.cli.needNick);
  try {
    const { session } = await logIn(context, nickname, { kept: true, waitOutRate: true });
    stdout.write(`${words.cli.loggedIn(session.self.nickname)}\n`);
    return EXIT.done;
  } catch (error) {
    context.signal.throwIfAborted();
    throw new Failure(EXIT.login, await loginRefusal(error, context, nickname), { cause: error });
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
    transport: serverTransport(server, config.ca),
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

async function ask({ stdin, stderr, words, signal }: Context): Promise<string | undefined> {
  if (!stdin.isTTY) {
    const first = await readLines(stdin).next();
    return first.done ? undefined : first.value;
  }
  const prompt = createInterface({ input: stdin, output: stderr });
  try {
    return await prompt.question(words.login.prompt, { signal });
  } finally {
    prompt.close();
  }
}
