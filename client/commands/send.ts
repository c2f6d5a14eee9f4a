import type { JsonValue } from "@bufbuild/protobuf";
import type { Problem } from "../chat/line.js";
import { tooLong } from "../chat/parse.js";
import { sendProblem } from "../chat/problem.js";
import type { Context } from "./context.js";
import { EXIT, exitOf, Failure } from "./exit.js";
import { createOutput } from "./output.js";
import { callRpcLine } from "./rpc-line.js";
import { signIn, signOut } from "./sign-in.js";

/** `parlance send`: one message, as it is; no grammar applies. `words` joined by spaces, or stdin for a lone `-`. */
export async function runSend(
  context: Context,
  texts: readonly string[],
  recipient: string | undefined,
): Promise<number> {
  const { words, config, stdin } = context;
  const output = createOutput(context);
  const text = texts.length === 1 && texts[0] === "-" ? await readAll(stdin) : texts.join(" ");
  if (text.trim() === "") throw new Failure(EXIT.usage, words.cli.noText);
  const entry = await signIn(context);
  const { session } = entry;
  const refuse = (problem: Problem) => {
    output.problem(problem);
    return exitOf(problem);
  };
  try {
    if (config.json) {
      const request: JsonValue = recipient === undefined ? { text } : { nickname: recipient, text };
      const name = recipient === undefined ? "broadcast" : "sendTo";
      const result = await callRpcLine(session, { name, request });
      output.write(result.line);
      return result.code;
    }
    const long = tooLong(text, session.limits);
    if (long) return refuse({ what: "text_too_long", ...long, kept: "none" });
    await (recipient === undefined ? session.say(text) : session.whisper(recipient, text));
    return EXIT.done;
  } catch (error) {
    context.signal.throwIfAborted();
    return refuse(sendProblem(error, { limits: session.limits, nickname: recipient ?? null, kept: "none" }));
  } finally {
    await signOut(context, entry);
  }
}

/** All of stdin, without the line end that `echo` puts behind it. More than any text may have is not read on. */
async function readAll(stdin: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > MOST_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8").replaceAll("\r\n", "\n").replace(/\n$/, "");
}

const MOST_BYTES = 1_048_576;
