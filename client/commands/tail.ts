import { createConversation } from "../session/conversation.js";
import type { Line } from "../session/line.js";
import type { Context } from "./context.js";
import { EXIT } from "./exit.js";
import { jsonLines } from "./json.js";
import { createOutput } from "./output.js";
import { aborted, firstOf } from "./pipe.js";
import { signIn, signOut } from "./sign-in.js";

/** About the reader, who only looks on. */
const NOT_SHOWN: ReadonlySet<Line["kind"]> = new Set(["before", "welcome", "motd"]);

/** `parlance tail`: the latest `count` events, then with `follow` what happens. */
export async function runTail(context: Context, count: number, follow: boolean): Promise<number> {
  const { config, words } = context;
  const output = createOutput(context);
  const entry = await signIn(context);
  const { session } = entry;
  const conversation = createConversation({
    session,
    server: config.server,
    words,
    start: { backlog: Math.min(count, session.limits.maxBacklog) },
    awaySinceMs: null,
    onStep: (lines) => {
      if (config.json) return;
      for (const line of lines) if (!NOT_SHOWN.has(line.kind)) output.show(line);
    },
    quit: () => {},
  });
  const ticks = setInterval(() => conversation.dispatch({ kind: "tick", nowMs: Date.now() }), 500);
  try {
    const printed = new Promise<void>((resolve, reject) => {
      const reading = conversation.run((item) => {
        if (config.json) for (const line of jsonLines(item)) output.write(line);
        if (!follow && item.kind === "event" && item.event.kind.case === "caughtUp") resolve();
      }, output.ready);
      reading.then(resolve, reject);
    });
    await firstOf([printed, output.gone, aborted(context.signal)]);
    return EXIT.done;
  } finally {
    clearInterval(ticks);
    conversation.dispatch({ kind: "closed", nowMs: Date.now() });
    await signOut(context, entry);
  }
}
