import { type Entry, enter, resume } from "../session/enter.js";
import { loginProblem } from "../session/problem.js";
import { type Context, entryOptions } from "./context.js";
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
    const problem = loginProblem(error, config.server, name);
    throw new Failure(problem.what === "cannot_reach" ? EXIT.unreachable : EXIT.login, problem, error);
  }
}

/** Leaves as one should: what was kept stays, everything else is logged out and forgotten. */
export async function signOut(context: Context, { session, kept }: Entry): Promise<void> {
  await session.leave({ logout: !kept });
  if (!kept) entryOptions(context, true).credentials.forget(context.config.server, session.self.nickname);
}
