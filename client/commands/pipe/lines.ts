import { Chat } from "../../chat/chat.js";
import { expandAlias } from "../../chat/input/aliases.js";
import type { Problem } from "../../chat/line.js";
import { IgnoredFile } from "../../storage/ignored-file.js";
import type { Context } from "../context.js";
import { EXIT, exitOf } from "../exit.js";
import { secretStore, signIn, signOut } from "../sign-in.js";
import { createOutput } from "./output.js";
import { runPipe } from "./pipe.js";
import { chunksOf, firstLine, readLines } from "./read-lines.js";
import { TypedEcho } from "./typed-echo.js";

/** `parlance` in a pipe or with --plain: inputs in, lines of the chat out. */
export async function runLines(context: Context): Promise<number> {
  const { config, words, stdin } = context;
  const output = createOutput(context);
  const lines = readLines(chunksOf(context));
  const leaving = new AbortController();
  const isTyped = stdin.isTTY === true && context.stdout.isTTY === true;
  const echo = isTyped ? new TypedEcho() : undefined;
  const signedIn = await signIn(context, () => firstLine(lines, words));
  const chat = new Chat({
    session: signedIn.session,
    server: config.server,
    words,
    start: {},
    awaySinceMs: null,
    onStep: (shown) => shown.filter((line) => !echo?.isEchoOf(line)).forEach(output.show),
    onQuit: () => leaving.abort(),
    secrets: secretStore(context),
    asks: stdin.isTTY === true,
    joins: config.joins,
    ignored: new IgnoredFile(config.stateDir, config.server),
  });
  let roster: Promise<void> | undefined;
  const refuse = (problem: Problem) => {
    output.problem(problem);
    return exitOf(problem);
  };
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
        // Who is there is known before a line can name a person; the server decides where it is not.
        roster ??= chat.refreshPeople().catch(() => {});
        await roster;
        const meant = expandAlias(line, config.aliases);
        const takeBack = echo?.typed(chat.parse(meant));
        const problem = await chat.submit(meant);
        if (problem) takeBack?.();
        if (!problem) return EXIT.done;
        return refuse(context.signal.aborted ? { what: "left_behind", text: line } : problem);
      },
      refuse: (line) => void refuse({ what: "bad_input", message: words.cli.badLine(line) }),
    });
  } finally {
    clearInterval(ticks);
    chat.dispatch({ kind: "closed", nowMs: Date.now() });
    await signOut(context, signedIn);
  }
}
