/**
 * `parlance` on a terminal: asks for a nickname if there is none, then chats until the person leaves. The network's
 * modules are loaded after the first question, so that it appears at once.
 */
import { Credentials } from "../../storage/credentials.js";
import type { Context } from "../context.js";
import { type Answers, askNickname, type LoginOutcome } from "./login.js";
import { Screen } from "./screen.js";

export async function runInteractive(context: Context): Promise<number> {
  const screen = new Screen(context);
  try {
    return await run(context, screen);
  } finally {
    screen.terminal.close();
  }
}

async function run(context: Context, screen: Screen): Promise<number> {
  const { config } = context;
  const isStored =
    config.token !== undefined || new Credentials(config.stateDir).find(config.server, config.nickname);
  let outcome = isStored ? await signIn(context, undefined) : undefined;
  if (outcome === undefined && config.nickname)
    outcome = await signIn(context, { nickname: config.nickname });
  for (;;) {
    if (typeof outcome === "number") return outcome;
    if (outcome === undefined || "refused" in outcome) {
      const asking = askNickname(context, screen, (answers) => signIn(context, answers), outcome);
      outcome = await (outcome ? asking : Promise.race([asking, unreachable(context)]));
      continue;
    }
    const { runChat } = await import("./chat.js");
    const { signOut } = await import("../sign-in.js");
    const end = await runChat(context, screen, outcome);
    await signOut(context, outcome);
    if (typeof end === "number") return end;
    // Another member has the nickname now: back to the first question.
    outcome = { refused: end, nickname: outcome.session.self.nickname };
  }
}

/** Rejects with a Failure if the room cannot be reached, so that no one types a nickname in vain; else it is pending. */
async function unreachable(context: Context): Promise<never> {
  const { config, words, signal } = context;
  const [{ CALL_TIMEOUT_MS, createChatClient }, { nodeTransport }, { connectionFailure }] = await Promise.all(
    [import("../../session/client.js"), import("../../session/node.js"), import("../diagnose.js")],
  );
  const client = createChatClient({
    transport: nodeTransport(config.server, config.ca),
    language: words.locale,
    token: () => undefined,
  });
  try {
    await client.help({}, { signal, timeoutMs: CALL_TIMEOUT_MS });
  } catch (error) {
    const failure = await connectionFailure(error, context);
    if (failure && !signal.aborted) throw failure;
  }
  return new Promise<never>(() => {});
}

/** Logs in with `answers`; without any, resumes a stored session, and undefined if there is none. */
async function signIn(context: Context, answers: Answers | undefined): Promise<LoginOutcome | undefined> {
  const { resume, logIn, loginRefusal } = await import("../sign-in.js");
  const { nickname, ...given } = answers ?? {};
  const options = { waitOutRate: false, ...given };
  try {
    return nickname === undefined ? await resume(context, options) : await logIn(context, nickname, options);
  } catch (error) {
    const { config, signal } = context;
    signal.throwIfAborted();
    const typed = nickname ?? config.nickname ?? "";
    return { refused: await loginRefusal(error, context, typed, options.invite), nickname: typed };
  }
}
