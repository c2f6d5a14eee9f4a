import { toJsonString } from "@bufbuild/protobuf";
import type { Event } from "../../gen/parlance/v1/event_pb.js";
import { EventSchema } from "../../gen/parlance/v1/event_pb.js";
import { Chat } from "../chat/chat.js";
import { historyLines, isShown } from "../chat/history.js";
import type { Line } from "../chat/line.js";
import { isUnimplemented } from "../session/errors.js";
import type { History } from "../session/lists.js";
import type { FeedStart, Session } from "../session/session.js";
import type { Context } from "./context.js";
import { EXIT } from "./exit.js";
import { jsonLines } from "./json.js";
import { createOutput, type Output } from "./output.js";
import { aborted, firstOf } from "./pipe.js";
import { signIn, signOut } from "./sign-in.js";

/** About the reader, who only looks on. */
const NOT_SHOWN: ReadonlySet<Line["kind"]> = new Set(["before", "welcome", "motd"]);

/** The latest events but the reader's own joining; undefined if none are wanted, or the server cannot be read back. */
async function latest(session: Session, count: number, all: boolean): Promise<History | undefined> {
  if (count === 0) return undefined;
  const isOwn = ({ kind }: Event) => kind.case === "joined" && kind.value.user?.id === session.self.id;
  try {
    return await session.history({ count, wanted: (event) => !isOwn(event) && (all || isShown(event)) });
  } catch (error) {
    if (isUnimplemented(error)) return undefined;
    throw error;
  }
}

/** `parlance tail`: the latest `count` events, then with `follow` what happens. */
export async function runTail(context: Context, count: number, follow: boolean): Promise<number> {
  const { json } = context.config;
  const output = createOutput(context);
  const entry = await signIn(context);
  const { session } = entry;
  try {
    const past = await latest(session, count, json);
    if (json) for (const event of past?.events ?? []) output.write(toJsonString(EventSchema, event));
    else for (const line of historyLines(past?.events ?? [], session.self)) output.show(line);
    const start = past ? { after: past.nextCursor } : { backlog: Math.min(count, session.limits.maxBacklog) };
    if (follow || !past) await readFeed(context, output, session, start, follow);
    return EXIT.done;
  } finally {
    await signOut(context, entry);
  }
}

/** Prints the feed from `start` until it is live, or with `follow` until someone or something ends it. */
async function readFeed(
  context: Context,
  output: Output,
  session: Session,
  start: FeedStart,
  follow: boolean,
): Promise<void> {
  const { config, words, signal } = context;
  const chat = new Chat({
    session,
    server: config.server,
    words,
    start,
    awaySinceMs: null,
    onStep: (lines) => {
      if (config.json) return;
      for (const line of lines) if (!NOT_SHOWN.has(line.kind)) output.show(line);
    },
    onQuit: () => {},
  });
  const ticks = setInterval(() => chat.dispatch({ kind: "tick", nowMs: Date.now() }), 500);
  try {
    const printed = new Promise<void>((resolve, reject) => {
      const reading = chat.run((item) => {
        if (config.json) for (const line of jsonLines(item)) output.write(line);
        if (!follow && item.kind === "event" && item.event.kind.case === "caughtUp") resolve();
      }, output.ready);
      reading.then(resolve, reject);
    });
    await firstOf([printed, output.gone, aborted(signal)]);
  } finally {
    clearInterval(ticks);
    chat.dispatch({ kind: "closed", nowMs: Date.now() });
  }
}
