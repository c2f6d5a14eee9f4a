/** `parlance` on a terminal: asks for a nickname where it must, then talks, until someone leaves. */

import { type Context, entryOptions } from "./commands/context.js";
import { loginRefusal, signOut } from "./commands/sign-in.js";
import { talk } from "./loop-chat.js";
import { type Asked, askNickname } from "./loop-login.js";
import { createScreen, type Screen } from "./loop-screen.js";
import { enter, resume } from "./session/enter.js";
import type { Problem } from "./session/line.js";

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
  let found: Asked | undefined;
  let refused: { readonly problem: Problem; readonly nickname: string } | undefined;
  try {
    found = await resume(options);
    if (!found && config.nickname) found = await enter(options, config.nickname);
  } catch (error) {
    signal.throwIfAborted();
    const nickname = config.nickname ?? "";
    refused = { problem: loginRefusal(error, config.server, nickname), nickname };
  }
  for (;;) {
    found ??= await askNickname(context, screen, options, refused);
    if (typeof found === "number") return found;
    const end = await talk(context, screen, found);
    await signOut(context, found);
    if (typeof end === "number") return end;
    // Someone else has the name now: the first question again.
    refused = { problem: end, nickname: found.session.self.nickname };
    found = undefined;
  }
}
