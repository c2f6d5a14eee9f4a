import { Chat } from "../../chat/chat.js";
import type { Problem } from "../../chat/line.js";
import { IgnoredFile } from "../../storage/ignored-file.js";
import type { Context } from "../context.js";
import { EXIT, exitOf } from "../exit.js";
import { secretStore, signIn, signOut } from "../sign-in.js";
import { createOutput } from "./output.js";
import { runPipe } from "./pipe.js";
import { chunksOf, firstLine, readLines } from "./read-lines.js";

/** `parlance` in a pipe or with --plain: inputs in, lines of the chat out. */
export async function runLines(context: Context): Promise<number> {
  const { config, words, stdin } = context;
  const output = createOutput(context);
  const lines = readLines(chunksOf(context));
  const leaving = new AbortController();
  const signedIn = await signIn(context, () => firstLine(lines, words));
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
        const problem = await chat.submit(line);
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
