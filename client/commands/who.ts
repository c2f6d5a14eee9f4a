import { Chat } from "../chat/chat.js";
import type { Context } from "./context.js";
import { exitOf } from "./exit.js";
import { createOutput } from "./output.js";
import { callRpcLine } from "./rpc-line.js";
import { signIn, signOut } from "./sign-in.js";

/** `parlance who`: the answer of /ls. */
export async function runWho(context: Context): Promise<number> {
  const { config, words } = context;
  const output = createOutput(context);
  const entry = await signIn(context);
  const { session } = entry;
  try {
    if (config.json) {
      const result = await callRpcLine(session, { name: "listUsers", request: { pageSize: 500 } });
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
    if (problem) output.problem(problem);
    return problem ? exitOf(problem) : 0;
  } finally {
    await signOut(context, entry);
  }
}
