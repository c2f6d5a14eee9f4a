/**
 * `parlance` on a terminal: asks for a nickname if there is none, then chats until the person leaves. The network's
 * modules are loaded after the first question, so that it appears at once. Whatever is typed while nothing is asked is
 * for the room: the composer keeps it until it can be sent.
 */

import { suggest } from "../../chat/input/suggest.js";
import { ConfigError } from "../../config.js";
import { Credentials } from "../../storage/credentials.js";
import { InputHistory } from "../../storage/input-history.js";
import { Keymap, KeymapError } from "../../terminal/input/keymap.js";
import type { Context } from "../context.js";
import { Composer } from "./composer.js";
import { type LoginInput, type LoginOutcome, LoginQuestions, type RefusedLogin } from "./login.js";
import { Screen } from "./screen.js";
import { finishDraft, waitTyping } from "./waiting.js";

export async function runInteractive(context: Context): Promise<number> {
  const screen = new Screen(context, keymapOf(context));
  const { config } = context;
  const history = config.history ? new InputHistory(config.stateDir) : undefined;
  if (history) screen.editor = { ...screen.editor, history: history.load() };
  const composer = new Composer({ context, screen, remember: (text) => history?.append(text) });
  try {
    return await run(context, screen, composer);
  } finally {
    await composer.close();
    await screen.terminal.settled();
    screen.terminal.close();
  }
}

/** The keys with the person's own ones. Throws a ConfigError that names the nearest of what is unknown. */
function keymapOf({ config, words }: Context): Keymap {
  try {
    return new Keymap(config.bindings);
  } catch (error) {
    if (!(error instanceof KeymapError)) throw error;
    const { wrong, known } = error;
    const message = words.cli.settings.unknownBinding(config.configFile, wrong, suggest(wrong, known));
    throw new ConfigError(message, { cause: error });
  }
}

async function run(context: Context, screen: Screen, composer: Composer): Promise<number> {
  const { config, words } = context;
  const questions = new LoginQuestions(context, screen, composer);
  const ask = async (refused?: RefusedLogin) => {
    const { nickname = "" } = refused ?? {};
    if (refused) screen.print({ kind: "problem", at: Date.now(), problem: refused.refused }, null);
    const left = await finishDraft({ context, screen, composer, nickname });
    if (left !== undefined) return left;
    const asking = questions.ask(refused);
    return refused ? asking : Promise.race([asking, unreachable(context)]);
  };
  const isStored =
    config.token !== undefined ||
    Boolean(new Credentials(config.stateDir).find(config.server, config.nickname));
  const configured = config.nickname ? { nickname: config.nickname } : undefined;
  let input: LoginInput | number | undefined = isStored ? undefined : (configured ?? (await ask()));
  for (;;) {
    if (typeof input === "number") return input;
    const sinceMs = Date.now();
    const nickname = input?.nickname ?? config.nickname ?? "";
    const until = signIn(context, input);
    const stage = words.hints.loggingIn;
    const outcome = await waitTyping({ context, screen, composer, nickname, stage, until });
    if (typeof outcome === "number") return outcome;
    if (outcome && "session" in outcome) {
      const { runChat } = await import("./chat.js");
      const { signOut } = await import("../sign-in.js");
      const end = await runChat(context, screen, composer, outcome);
      await signOut(context, outcome);
      if (typeof end === "number") return end;
      // Another member has the nickname now: back to the first question.
      input = await ask({ refused: end, nickname: outcome.session.self.nickname });
    } else if (outcome === undefined && configured && input === undefined) {
      input = configured;
    } else {
      input = await ask(outcome);
      // What was typed before the question was on the screen may have been meant for it: a secret, another nickname.
      composer.outbox.holdSince(sinceMs, { what: "typed_at_login", kept: "held" });
    }
  }
}

/** Rejects with a Failure if the room cannot be reached, so that no one types a nickname in vain; else it is pending. */
async function unreachable(context: Context): Promise<never> {
  const { config, words, signal } = context;
  const [{ CALL_TIMEOUT_MS, createChatClient }, { serverTransport }, { connectionFailure }] =
    await Promise.all([
      import("../../session/client.js"),
      import("../../session/transport.js"),
      import("../diagnose.js"),
    ]);
  const client = createChatClient({
    transport: serverTransport(config.server, config.ca),
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

/** Logs in with `input`; without any, resumes a stored session, and undefined if there is none. */
async function signIn(context: Context, input: LoginInput | undefined): Promise<LoginOutcome | undefined> {
  const { resume, logIn, loginRefusal } = await import("../sign-in.js");
  const { nickname, ...given } = input ?? {};
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
