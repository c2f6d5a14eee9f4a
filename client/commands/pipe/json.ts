import { toJsonString } from "@bufbuild/protobuf";
import { EventSchema } from "../../../gen/parlance/v1/event_pb.js";
import type { FeedItem } from "../../session/feed.js";
import type { Context } from "../context.js";
import { Failure } from "../exit.js";
import { signIn, signOut } from "../sign-in.js";
import { createOutput } from "./output.js";
import { runPipe } from "./pipe.js";
import { readLines } from "./read-lines.js";
import { badLineResult, callRpcLine, loginResult, readRpcLine } from "./rpc-line.js";

/** `parlance --json`: requests in, one object a line; events, results and connection states out. */
export async function runJson(context: Context): Promise<number> {
  const output = createOutput(context);
  const lines = readLines(context.stdin);
  const leaving = new AbortController();
  const signedIn = await signIn(context, async () => {
    const first = await lines.next();
    return first.done ? undefined : nicknameIn(first.value);
  }).catch((error: unknown) => {
    if (error instanceof Failure && error.cause) output.write(loginResult(error.cause));
    throw error;
  });
  const { session } = signedIn;
  let lastSent = "";
  try {
    return await runPipe({
      context,
      session,
      output,
      lines,
      leaving: leaving.signal,
      lastSent: () => lastSent,
      async read(onItem) {
        for await (const item of session.feed().items()) {
          for (const line of jsonLines(item)) output.write(line);
          onItem(item);
          await output.ready();
        }
      },
      async take(line) {
        if (line.trim() === "") return 0;
        const rpc = readRpcLine(line);
        const result = typeof rpc === "string" ? badLineResult(rpc) : await callRpcLine(session, rpc);
        output.write(result.line);
        lastSent = result.cursor || lastSent;
        if (typeof rpc !== "string" && rpc.name === "logout" && result.code === 0) leaving.abort();
        return result.code;
      },
    });
  } finally {
    await signOut(context, signedIn);
  }
}

/** An item of the feed as JSON lines: an event, and changes of the connection. */
export function jsonLines(item: FeedItem): readonly string[] {
  if (item.kind === "lost") {
    const { attempt, delayMs } = item;
    const connection = { state: "RECONNECTING", attempt, retryAfter: `${delayMs / 1000}s` };
    return [JSON.stringify({ connection })];
  }
  const event = toJsonString(EventSchema, item.event);
  if (item.event.kind.case !== "hello") return [event];
  return [JSON.stringify({ connection: { state: "CONNECTED" } }), event];
}

/** The first line: a nickname, or a login as JSON. */
function nicknameIn(line: string): string {
  try {
    const value: unknown = JSON.parse(line);
    const login = (value as { login?: { nickname?: unknown } } | null)?.login;
    if (typeof login?.nickname === "string") return login.nickname;
  } catch {}
  return line;
}
