import { Chat } from "../../chat/chat.js";
import { expandAlias } from "../../chat/input/aliases.js";
import type { Context } from "../context.js";
import { exitOf } from "../exit.js";
import { secretStore, signIn, signOut } from "../sign-in.js";
import { createOutput } from "./output.js";
import { runPipe } from "./pipe.js";
import { readLines } from "./read-lines.js";

/** `parlance` in a pipe or with --plain: inputs in, lines of the chat out. */
export async function runLines(context: Context): Promise<number> {
  const { config, words, stdin } = context;
  const output = createOutput(context);
  const lines = readLines(stdin);
  const leaving = new AbortController();
  const signedIn = await signIn(context, async () => {
    const first = await lines.next();
    return first.done ? undefined : first.value;
  });
  const chat = new Chat({
    session: signedIn.session,
    server: config.server,
    words,
    start: {},
    awaySinceMs: null,
    onStep: (shown) => shown.forEach(output.show),
    onQuit: () => leaving.abort(),
    secrets: secretStore(context),
    asks: stdin.isTTY === true,
  });
  // Folded joins are shown on time even if nothing else happens.
  const ticks = setInterval(() => chat.dispatch({ kind: "tick", nowMs: Date.now() }), 500);
  try {
    return await runPipe({
      context,
      session: signedIn.session,
      output,
      lines,
      leaving: leaving.signal,
      lastSent: () => chat.lastSent,
      read: (onItem) => chat.run(onItem, output.ready),
      async take(line) {
        const problem = await chat.submit(expandAlias(line, config.aliases));
        if (!problem) return 0;
        output.problem(problem);
        return exitOf(problem);
      },
    });
  } finally {
    clearInterval(ticks);
    chat.dispatch({ kind: "closed", nowMs: Date.now() });
    await signOut(context, signedIn);
  }
}
