import { Chat } from "../chat/chat.js";
import { historyLines, isShown } from "../chat/history.js";
import type { Line } from "../chat/line.js";
import { hidesJoins, type Ignored } from "../chat/state.js";
import { isUnimplemented } from "../session/errors.js";
import type { Event } from "../session/event.js";
import type { History } from "../session/lists.js";
import type { FeedStart, Session } from "../session/session.js";
import { IgnoredFile } from "../storage/ignored-file.js";
import type { Context } from "./context.js";
import { EXIT } from "./exit.js";
import { eventJson, jsonLines } from "./pipe/json.js";
import { createOutput, type Output } from "./pipe/output.js";
import { aborted, firstOf, StuckFeed } from "./pipe/pipe.js";
import { signIn, signOut } from "./sign-in.js";

/** Lines about the reader, who only watches. */
const NOT_SHOWN: ReadonlySet<Line["kind"]> = new Set(["before", "while_away", "welcome", "motd"]);

/** The latest events without the reader's own join; undefined if none are requested or the server has no ListEvents. */
async function latest(
  session: Session,
  count: number,
  { config: { json: all, joins } }: Context,
  ignored: readonly Ignored[],
): Promise<History | undefined> {
  if (count === 0) return undefined;
  const isOwn = (event: Event) => event.kind === "joined" && event.user.id === session.self.id;
  const crowd = !all && hidesJoins({ joins }, (await session.users(1)).total);
  try {
    return await session.history({
      count,
      wanted: (event) => !isOwn(event) && (all || isShown(event, crowd, ignored)),
    });
  } catch (error) {
    if (isUnimplemented(error)) return undefined;
    throw error;
  }
}

/** `parlance tail`: the latest `count` events; with `follow`, new ones too. */
export async function runTail(context: Context, count: number, follow: boolean): Promise<number> {
  const { json, server, stateDir } = context.config;
  const output = createOutput(context);
  const signedIn = await signIn(context);
  const { session } = signedIn;
  try {
    const people = new IgnoredFile(stateDir, server);
    const earlier = await latest(session, count, context, people.load());
    if (json) for (const event of earlier?.events ?? []) output.write(eventJson(event));
    else for (const line of historyLines(earlier?.events ?? [], session.self)) output.show(line);
    const start = earlier
      ? { after: earlier.nextCursor }
      : { backlog: Math.min(count, session.limits.maxBacklog) };
    // A feed lets the room know of the reader, so it is opened only for what cannot be had without.
    if (follow || (!earlier && count > 0)) await readFeed(context, output, session, start, follow);
    if (!follow) context.signal.throwIfAborted();
    return EXIT.done;
  } finally {
    await signOut(context, signedIn);
  }
}

/** Prints the feed from `start` until it is live; with `follow`, until it ends. */
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
    joins: config.joins,
    ignored: new IgnoredFile(config.stateDir, config.server),
    onStep: (lines) => {
      if (config.json) return;
      for (const line of lines) if (!NOT_SHOWN.has(line.kind)) output.show(line);
    },
    onQuit: () => {},
  });
  const ticks = setInterval(() => chat.dispatch({ kind: "tick", nowMs: Date.now() }), 500);
  const stuck = new StuckFeed(context, session, output);
  try {
    const printed = new Promise<void>((resolve, reject) => {
      const reading = chat.run((item) => {
        stuck.onItem(item);
        if (config.json) for (const line of jsonLines(item)) output.write(line);
        if (!follow && item.kind === "signal" && item.signal.kind === "caughtUp") resolve();
      }, output.ready);
      reading.then(resolve, reject);
    });
    await firstOf([printed, stuck.hopeless, output.closed, aborted(signal)]);
  } finally {
    clearInterval(ticks);
    chat.dispatch({ kind: "closed", nowMs: Date.now() });
  }
}
