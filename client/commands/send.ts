import type { JsonValue } from "@bufbuild/protobuf";
import { Presence } from "../../gen/parlance/v1/chat_service_pb.js";
import { tooLong } from "../chat/input/parse.js";
import type { Problem } from "../chat/line.js";
import { sendProblem } from "../chat/problem.js";
import type { Context } from "./context.js";
import { EXIT, exitOf, Failure } from "./exit.js";
import { createOutput } from "./pipe/output.js";
import { callRpcLine } from "./pipe/rpc-line.js";
import { signIn, signOut } from "./sign-in.js";

/** `parlance send`: sends one message verbatim: `texts` joined by spaces, or stdin for a single `-`. */
export async function runSend(
  context: Context,
  texts: readonly string[],
  recipient: string | undefined,
): Promise<number> {
  const { words, config, stdin } = context;
  const output = createOutput(context);
  const text = texts.length === 1 && texts[0] === "-" ? await readAll(stdin) : texts.join(" ");
  if (text.trim() === "") throw new Failure(EXIT.usage, words.cli.noText);
  const signedIn = await signIn(context);
  const { session } = signedIn;
  const refuse = (problem: Problem) => {
    output.problem(problem);
    return exitOf(problem);
  };
  try {
    if (config.json) {
      const request: JsonValue = recipient === undefined ? { text } : { recipient, text };
      const name = recipient === undefined ? "broadcast" : "sendTo";
      const result = await callRpcLine(session, { name, request });
      output.write(result.line);
      return result.code;
    }
    const long = tooLong(text, session.limits);
    if (long) return refuse({ what: "text_too_long", size: long, limits: session.limits, kept: "none" });
    if (recipient === undefined) {
      await session.say(text);
      return EXIT.done;
    }
    const { recipientPresence, stored } = await session.whisper(recipient, text);
    const at = Date.now();
    if (stored) output.show({ kind: "stored", at, nickname: recipient });
    if (recipientPresence === Presence.AWAY) {
      output.show({ kind: "away", at, nickname: recipient, withinMs: session.limits.graceMs });
    }
    return EXIT.done;
  } catch (error) {
    context.signal.throwIfAborted();
    return refuse(
      sendProblem(error, { limits: session.limits, nickname: recipient ?? null, text, kept: "none" }),
    );
  } finally {
    await signOut(context, signedIn);
  }
}

/** All of stdin, without the line end that `echo` appends. Reading stops beyond any server's text limit. */
async function readAll(stdin: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > MAX_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8").replaceAll("\r\n", "\n").replace(/\n$/, "");
}

const MAX_BYTES = 1_048_576;
