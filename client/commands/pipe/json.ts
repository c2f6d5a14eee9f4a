import { create, type JsonObject, toJsonString } from "@bufbuild/protobuf";
import { SubscribeResponseSchema } from "../../../gen/parlance/v1/chat_service_pb.js";
import type { Event } from "../../session/event.js";
import type { FeedItem } from "../../session/feed.js";
import type { Context } from "../context.js";
import { Failure } from "../exit.js";
import { signIn, signOut } from "../sign-in.js";
import { createOutput } from "./output.js";
import { runPipe } from "./pipe.js";
import { chunksOf, firstLine, readLines } from "./read-lines.js";
import { badLineResult, callRpcLine, loginResult, readRpcLine } from "./rpc-line.js";

/** `parlance --json`: requests in, one object a line; events, results and connection states out. */
export async function runJson(context: Context): Promise<number> {
  const output = createOutput(context);
  const lines = readLines(chunksOf(context));
  const leaving = new AbortController();
  const signedIn = await signIn(context, async () => {
    const first = await firstLine(lines, context.words);
    return first === undefined ? undefined : nicknameIn(first);
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
        lastSent = result.id || lastSent;
        if (typeof rpc !== "string" && rpc.name === "logout" && result.code === 0) leaving.abort();
        return result.code;
      },
      refuse: (line) => output.write(badLineResult(context.words.cli.badLine(line)).line),
    });
  } finally {
    await signOut(context, signedIn);
  }
}

/** An item of the feed as JSON lines: an event or a signal, and changes of the connection. */
export function jsonLines(item: FeedItem): readonly string[] {
  switch (item.kind) {
    case "event":
      return [eventJson(item.event)];
    case "signal": {
      const signal = toJsonString(
        SubscribeResponseSchema,
        create(SubscribeResponseSchema, { item: item.signal.message }),
      );
      return item.signal.kind === "hello" ? [connectionJson({ state: "CONNECTED" }), signal] : [signal];
    }
    case "lost": {
      const { attempt, delayMs } = item;
      return [connectionJson({ state: "RECONNECTING", attempt, retryDelay: `${delayMs / 1000}s` })];
    }
    case "replaced":
      return [];
  }
}

/** An event as the feed has it. */
export function eventJson({ message }: Event): string {
  const response = create(SubscribeResponseSchema, { item: { case: "event", value: message } });
  return toJsonString(SubscribeResponseSchema, response);
}

function connectionJson(connection: JsonObject): string {
  return JSON.stringify({ connection });
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
