import { Chat } from "../chat/chat.js";
import { LARGEST_PAGE } from "../session/limits.js";
import type { Context } from "./context.js";
import { exitOf } from "./exit.js";
import { createOutput } from "./pipe/output.js";
import { callRpcLine } from "./pipe/rpc-line.js";
import { signIn, signOut } from "./sign-in.js";

/** `parlance who`: the output of /ls. */
export async function runWho(context: Context): Promise<number> {
  const { config, words } = context;
  const output = createOutput(context);
  const signedIn = await signIn(context);
  const { session } = signedIn;
  try {
    if (config.json) {
      const result = await callRpcLine(session, { name: "listUsers", request: { pageSize: LARGEST_PAGE } });
      output.write(result.line);
      return result.code;
    }
    const chat = new Chat({
      session,
      server: config.server,
      words,
      start: {},
      awaySinceMs: null,
      onStep: (lines) => {
        for (const line of lines) if (line.kind === "users") output.show(line);
      },
      onQuit: () => {},
    });
    const problem = await chat.submit("/ls");
    context.signal.throwIfAborted();
    if (problem) output.problem(problem);
    return problem ? exitOf(problem) : 0;
  } finally {
    await signOut(context, signedIn);
  }
}
