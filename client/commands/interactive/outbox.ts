import type { Chat } from "../../chat/chat.js";
import type { Address } from "../../chat/input/address.js";
import { type Parsed, secretStart } from "../../chat/input/parse.js";
import type { Kept, Problem } from "../../chat/line.js";
import { submitted, takeBack } from "../../terminal/input/editor.js";
import type { Screen } from "./screen.js";

export interface OutboxOptions {
  readonly chat: Chat;
  readonly screen: Screen;
  /** Stores an input for later runs; never called with private ones. */
  readonly remember: (text: string) => void;
  readonly show: (problem: Problem) => void;
}

interface Pending {
  readonly text: string;
  readonly sinceMs: number;
}

/** How long leaving waits for pending texts, ms. */
const FLUSH_MS = 1_000;
/** A text without a response for this long is counted in the status row, ms. */
const LATE_MS = 1_000;

/** Submits inputs one after the other, so that they are sent in the order in which they were typed. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #pending = new Set<Pending>();
  #queue: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Does what the input means; a text that is refused returns to the input. */
  submit(): void {
    const { chat, screen, show, remember } = this.#options;
    const { text } = screen.editor;
    const address = chat.follow(text);
    const parsed = chat.parse(text);
    if (parsed.kind === "refused") {
      show(withKept(parsed.problem, "input"));
      return;
    }
    const worksOffline =
      parsed.kind === "nothing" || (parsed.kind === "command" && parsed.command.worksOffline);
    const { phase } = chat.state.connection;
    if (phase !== "online" && !worksOffline) {
      show({ what: phase === "replaced" ? "disconnected" : "offline", kept: "input" });
      return;
    }
    screen.editor = submitted(screen.editor, secretStart(text) !== null);
    chat.follow("");
    if (isForLater(parsed)) remember(text);
    // What needs no connection does not wait for what does.
    if (worksOffline) {
      this.#submit(text, address);
      return;
    }
    const pending = { text, sinceMs: Date.now() };
    if (isMessage(parsed)) this.#pending.add(pending);
    this.#queue = this.#queue
      .then(() => this.#submit(text, address))
      .finally(() => this.#pending.delete(pending));
  }

  /** Number of texts that were sent a while ago and have no response yet. */
  late(nowMs: number): number {
    return [...this.#pending].filter(({ sinceMs }) => nowMs - sinceMs >= LATE_MS).length;
  }

  /** Waits briefly for pending texts, and ends. Resolves with those that still have no response. */
  async close(signal: AbortSignal): Promise<readonly string[]> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, signal.aborted ? 0 : FLUSH_MS);
    });
    await Promise.race([this.#queue, limit]);
    clearTimeout(timer);
    this.#closed = true;
    return [...this.#pending].map(({ text }) => text);
  }

  async #submit(text: string, address: Address | null): Promise<void> {
    const { chat, screen, show } = this.#options;
    const problem = await chat.submit(text, address);
    // After `close` the text has been shown as left behind.
    if (!problem || this.#closed) return;
    const { state, kept } = takeBack(screen.editor, text, secretStart(text) !== null);
    screen.editor = state;
    if (kept === "input") chat.followAgain(text, address, problem);
    show(withKept(problem, kept));
  }
}

function isMessage(parsed: Parsed): boolean {
  return parsed.kind === "broadcast" || parsed.kind === "sendTo" || isReply(parsed);
}

/** Whether an input is kept for later runs: nothing private, and no secret. */
function isForLater(parsed: Parsed): boolean {
  if (parsed.kind !== "command") return parsed.kind === "broadcast";
  return !isReply(parsed) && !parsed.command.isSecret;
}

function isReply(parsed: Parsed): boolean {
  return parsed.kind === "command" && parsed.command.takes === "message";
}

function withKept(problem: Problem, kept: Kept): Problem {
  return "kept" in problem ? { ...problem, kept } : problem;
}
