/**
 * `parlance` on a terminal: asks for a nickname where it must, then talks, until someone leaves. The network is loaded
 * behind the first question, so that the question is there at once.
 */
import { type Context, entryOptions } from "../context.js";
import { type Asked, askNickname, type Refused } from "./login.js";
import { createScreen, type Screen } from "./screen.js";

export async function runScreen(context: Context): Promise<number> {
  const screen = createScreen(context);
  try {
    return await run(context, screen);
  } finally {
    screen.terminal.close();
  }
}

async function run(context: Context, screen: Screen): Promise<number> {
  const { config, signal } = context;
  const options = entryOptions(context, false);
  const network = () => import("../enter.js");

  /** Logs in under `nickname`, or without one takes up a stored session. */
  const enter = async (nickname: string | undefined): Promise<Asked | Refused | undefined> => {
    const { resume, enter } = await network();
    try {
      return nickname === undefined ? await resume(options) : await enter(options, nickname);
    } catch (error) {
      signal.throwIfAborted();
      const { loginRefusal } = await import("../sign-in.js");
      const typed = nickname ?? config.nickname ?? "";
      return { refused: loginRefusal(error, config.server, typed), nickname: typed };
    }
  };

  const isStored = config.token !== undefined || options.credentials.find(config.server, config.nickname);
  let found = isStored ? await enter(undefined) : undefined;
  if (found === undefined && config.nickname) found = await enter(config.nickname);
  for (;;) {
    if (typeof found === "number") return found;
    if (found === undefined || "refused" in found) {
      found = await askNickname(context, screen, (nickname) => enter(nickname), found);
      continue;
    }
    const { talk } = await import("./chat.js");
    const { signOut } = await import("../sign-in.js");
    const end = await talk(context, screen, found);
    await signOut(context, found);
    if (typeof end === "number") return end;
    // Someone else has the name now: the first question again.
    found = { refused: end, nickname: found.session.self.nickname };
  }
}
