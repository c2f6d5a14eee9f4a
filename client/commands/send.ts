import type { JsonValue } from "@bufbuild/protobuf";
import { Presence } from "../../gen/parlance/v1/chat_service_pb.js";
import { tooLong } from "../chat/input/parse.js";
import type { Problem } from "../chat/line.js";
import { loginProblem, sendProblem } from "../chat/problem.js";
import type { Session } from "../session/session.js";
import { decodeUtf8 } from "../text/utf8.js";
import type { Context } from "./context.js";
import { EXIT, exitOf, Failure } from "./exit.js";
import { exitOfError } from "./exit-of-error.js";
import { createOutput, type Output } from "./pipe/output.js";
import { chunksOf } from "./pipe/read-lines.js";
import { callRpcLine } from "./pipe/rpc-line.js";
import { signIn, signInToPost, signOut } from "./sign-in.js";

/** What is sent, and to whom; everyone without a recipient. */
interface Message {
  readonly text: string;
  readonly recipient: string | undefined;
}

/** `parlance send`: sends one message verbatim: `texts` joined by spaces, or stdin for a single `-`. */
export async function runSend(
  context: Context,
  texts: readonly string[],
  recipient: string | undefined,
): Promise<number> {
  const { words } = context;
  const output = createOutput(context);
  const text = texts.length === 1 && texts[0] === "-" ? await readAll(context) : texts.join(" ");
  if (text.trim() === "") throw new Failure(EXIT.usage, words.cli.noText);
  const poster = await signInToPost(context);
  if (poster) {
    try {
      return await deliver(context, output, poster, { text, recipient });
    } finally {
      await poster.leave();
    }
  }
  const signedIn = await signIn(context);
  try {
    return await deliver(context, output, signedIn.session, { text, recipient });
  } finally {
    await signOut(context, signedIn);
  }
}

async function deliver(
  context: Context,
  output: Output,
  session: Session,
  { text, recipient }: Message,
): Promise<number> {
  const { config, signal } = context;
  if (config.json) {
    const request: JsonValue = recipient === undefined ? { text } : { recipient, text };
    const name = recipient === undefined ? "broadcast" : "sendTo";
    const result = await callRpcLine(session, { name, request });
    output.write(result.line);
    return result.code;
  }
  const refuse = (problem: Problem) => {
    output.problem(problem);
    return exitOf(problem);
  };
  const long = tooLong(text, session.limits);
  if (long) return refuse({ what: "text_too_long", size: long, limits: session.limits, kept: "none" });
  try {
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
    signal.throwIfAborted();
    const { nickname } = session.self;
    const attempt = { server: config.server, nickname, hasInvite: config.invite !== undefined };
    const isLogin = exitOfError(error) === EXIT.login;
    return refuse(
      isLogin
        ? loginProblem(error, attempt)
        : sendProblem(error, { limits: session.limits, nickname: recipient ?? null, text, kept: "none" }),
    );
  }
}

/** All of stdin, without the line end that `echo` appends. */
async function readAll(context: Context): Promise<string> {
  const { words } = context;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunksOf(context)) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    size += bytes.length;
    if (size > MAX_BYTES) throw new Failure(EXIT.rejected, words.cli.stdinTooLong);
  }
  const text = decodeUtf8(Buffer.concat(chunks));
  if (text === undefined) throw new Failure(EXIT.usage, words.cli.stdinNotUtf8);
  return text.replaceAll("\r\n", "\n").replace(/\n$/, "");
}

/** More than any room accepts. */
const MAX_BYTES = 1_048_576;
