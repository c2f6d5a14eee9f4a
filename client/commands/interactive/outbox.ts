import type { Chat } from "../../chat/chat.js";
import type { Kept, Problem } from "../../chat/line.js";
import type { Parsed } from "../../chat/parse.js";
import { submitted, takeBack } from "../../terminal/input/editor.js";
import type { Screen } from "./screen.js";

export interface OutboxOptions {
  readonly chat: Chat;
  readonly screen: Screen;
  /** Keeps an input for later runs; private ones are never given. */
  readonly remember: (text: string) => void;
  readonly tell: (problem: Problem) => void;
}

/** Takes inputs one after the other, so that they are said in the order they were typed. */
export interface Outbox {
  /** Does what the input says; a text that was refused comes back. */
  submit(): void;
  /** Texts of which nobody knows yet whether they arrived, though they were sent a while ago. */
  late(nowMs: number): number;
  /** Waits for what is under way, for a moment, and ends. Answers the texts that are still not answered. */
  close(signal: AbortSignal): Promise<readonly string[]>;
}

/** How long leaving waits for the last words, ms. */
const FLUSH_MS = 1_000;
/** An answer that takes longer is worth a word, ms. */
const LATE_MS = 1_000;

export function createOutbox({ chat, screen, remember, tell }: OutboxOptions): Outbox {
  let queue: Promise<void> = Promise.resolve();
  let closed = false;
  const underWay = new Set<{ readonly text: string; readonly sinceMs: number }>();

  const giveBack = (text: string, problem: Problem) => {
    // Told as left behind.
    if (closed) return;
    const { state, kept } = takeBack(screen.editor, text);
    screen.editor = state;
    tell(withKept(problem, kept));
  };
  const take = async (text: string) => {
    const problem = await chat.submit(text);
    if (problem) giveBack(text, problem);
  };

  return {
    submit() {
      const { text } = screen.editor;
      const parsed = chat.parse(text);
      if (parsed.kind === "refused") return tell(withKept(parsed.problem, "input"));
      const worksOffline =
        parsed.kind === "nothing" || (parsed.kind === "command" && parsed.command.worksOffline);
      if (chat.state.connection.phase !== "online" && !worksOffline) {
        return tell({ what: "offline", kept: "input" });
      }
      screen.editor = submitted(screen.editor);
      if (parsed.kind === "broadcast" || (parsed.kind === "command" && !isReply(parsed))) remember(text);
      // What needs nobody else does not wait for those who do.
      if (worksOffline) return void take(text);
      const sent = { text, sinceMs: Date.now() };
      if (isMessage(parsed)) underWay.add(sent);
      queue = queue.then(() => take(text)).finally(() => underWay.delete(sent));
    },
    late: (nowMs) => [...underWay].filter(({ sinceMs }) => nowMs - sinceMs >= LATE_MS).length,
    async close(signal) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, signal.aborted ? 0 : FLUSH_MS);
      });
      await Promise.race([queue, limit]);
      clearTimeout(timer);
      closed = true;
      return [...underWay].map(({ text }) => text);
    },
  };
}

function isMessage(parsed: Parsed): boolean {
  return parsed.kind === "broadcast" || parsed.kind === "sendTo" || isReply(parsed);
}

function isReply(parsed: Parsed): boolean {
  return parsed.kind === "command" && parsed.command.takes === "text";
}

function withKept(problem: Problem, kept: Kept): Problem {
  return "kept" in problem ? { ...problem, kept } : problem;
}
