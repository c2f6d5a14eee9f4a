import type { Problem } from "../chat/line.js";
import { loginProblem } from "../chat/problem.js";
import { type Context, entryOptions } from "./context.js";
import { type Entry, enter, resume } from "./enter.js";
import { EXIT, Failure } from "./exit.js";

/**
 * A session without asking anyone: the stored one, or a login under the nickname of flag, environment or `nickname`
 * (called only if there is none). Fails with exit code 2 without a nickname, 3 unreachable, 4 refused.
 */
export async function signIn(
  context: Context,
  nickname: () => Promise<string | undefined> = async () => undefined,
): Promise<Entry> {
  const { config, words } = context;
  const options = entryOptions(context, true);
  let name = config.nickname ?? "";
  try {
    const resumed = await resume(options);
    if (resumed) return resumed;
    name = config.nickname ?? (await nickname()) ?? "";
    if (name === "") throw new Failure(EXIT.usage, words.cli.needNick);
    return await enter(options, name);
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof Failure) throw error;
    throw new Failure(EXIT.login, loginRefusal(error, config.server, name), error);
  }
}

/** Why a login was refused; a server that cannot be reached at all ends the client with exit code 3. */
export function loginRefusal(error: unknown, server: string, nickname: string): Problem {
  const problem = loginProblem(error, server, nickname);
  if (problem.what === "cannot_reach") throw new Failure(EXIT.unreachable, problem, error);
  return problem;
}

/** Leaves as one should: what was kept stays, everything else is logged out and forgotten. */
export async function signOut(context: Context, { session, kept }: Entry): Promise<void> {
  await session.leave({ logout: !kept });
  if (!kept) entryOptions(context, true).credentials.forget(context.config.server, session.self.nickname);
}
