import type { Problem } from "../chat/line.js";
import type { FeedItem } from "../session/feed.js";
import { isObstacle, silenceBeforeHello, softwareOf } from "../session/obstacle.js";
import type { Session } from "../session/session.js";
import type { Context } from "./context.js";
import { diagnose } from "./diagnose.js";

/** How long a call may take that shows whether calls work, ms. */
const CALL_MS = 5_000;

/** Without any `hello` for this long: whether calls work meanwhile, so that something must hold the stream back. */
export async function holdBackProblem(
  client: Pick<Session["client"], "help">,
  { config: { server }, signal }: Pick<Context, "config" | "signal">,
  waitedMs: number,
): Promise<Problem | undefined> {
  let software = "";
  const onHeader = (headers: Headers) => {
    software = softwareOf(headers);
  };
  try {
    await client.help({}, { signal, timeoutMs: CALL_MS, onHeader });
  } catch {
    return undefined;
  }
  return { what: "held_back", server, waitedMs, software };
}

export interface FeedTroubleOptions {
  readonly session: Session;
  readonly context: Context;
  /** Called once for each time offline. `wasOpen`: whether the feed has ever worked. */
  readonly onFound: (problem: Problem, wasOpen: boolean) => void;
}

/** Follows a feed that does not open, and finds out what is in its way where waiting does not help. */
export class FeedTrouble {
  readonly #options: FeedTroubleOptions;
  #wasOpen = false;
  /** Whether what is in the way has been found, or is being looked for. */
  #isKnown = false;

  constructor(options: FeedTroubleOptions) {
    this.#options = options;
  }

  onItem(item: FeedItem): void {
    if (item.kind === "lost") {
      if (!this.#isKnown) void this.#look(item.error);
      return;
    }
    this.#wasOpen = true;
    this.#isKnown = false;
  }

  async #look(error: unknown): Promise<void> {
    const { context, onFound } = this.#options;
    this.#isKnown = true;
    const problem = await this.#problemOf(error);
    if (!problem) this.#isKnown = false;
    else if (!context.signal.aborted) onFound(problem, this.#wasOpen);
  }

  async #problemOf(error: unknown): Promise<Problem | undefined> {
    const { session, context } = this.#options;
    const waitedMs = silenceBeforeHello(error);
    if (waitedMs !== undefined) return holdBackProblem(session.client, context, waitedMs);
    return isObstacle(error) ? diagnose(error, context) : undefined;
  }
}
