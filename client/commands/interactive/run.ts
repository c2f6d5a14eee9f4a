/**
 * `parlance` on a terminal: asks for a nickname if there is none, then chats until the person leaves. The network's
 * modules are loaded after the first question, so that it appears at once.
 */
import { Credentials } from "../../storage/credentials.js";
import type { Context } from "../context.js";
import { askNickname, type LoginOutcome } from "./login.js";
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
  if (outcome === undefined && config.nickname) outcome = await signIn(context, config.nickname);
  for (;;) {
    if (typeof outcome === "number") return outcome;
    if (outcome === undefined || "refused" in outcome) {
      outcome = await askNickname(context, screen, (nickname) => signIn(context, nickname), outcome);
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

/** Logs in under `nickname`; without one, resumes a stored session, and undefined if there is none. */
async function signIn(context: Context, nickname: string | undefined): Promise<LoginOutcome | undefined> {
  const { resume, logIn, loginRefusal } = await import("../sign-in.js");
  const options = { waitOutRate: false };
  try {
    return nickname === undefined ? await resume(context, options) : await logIn(context, nickname, options);
  } catch (error) {
    const { config, signal } = context;
    signal.throwIfAborted();
    const typed = nickname ?? config.nickname ?? "";
    return { refused: await loginRefusal(error, context, typed), nickname: typed };
  }
}
