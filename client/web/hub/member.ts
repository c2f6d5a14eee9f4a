import type { Address } from "../../chat/address.js";
import type { Chat } from "../../chat/chat.js";
import { type Completion, complete } from "../../chat/complete.js";
import type { Problem } from "../../chat/line.js";
import type { Session } from "../../session/session.js";
import type { ViewPort } from "./view-port.js";

/** A text without a response for this long is counted in the status, ms. */
const LATE_MS = 1_000;

/** The hub's place in the room: submits inputs of all views one after the other, in the order in which they came. */
export class Member {
  readonly chat: Chat;
  readonly session: Session;
  /** When each text was submitted that has no response yet, ms. */
  readonly #pending = new Set<{ readonly sinceMs: number }>();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(chat: Chat, session: Session) {
    this.chat = chat;
    this.session = session;
  }

  unconfirmed(nowMs: number): number {
    return [...this.#pending].filter(({ sinceMs }) => nowMs - sinceMs >= LATE_MS).length;
  }

  complete({ text, cursor }: { readonly text: string; readonly cursor: number }): Completion | null {
    return complete(text, cursor, this.chat.state);
  }

  /** Does what a whole input of a view means. Resolves with the problem if the text did not go out. */
  async submit(text: string, view: ViewPort): Promise<Problem | null> {
    const { chat } = this;
    const address = view.takeAddress(text, chat.state);
    const parsed = chat.parse(text);
    const problem = parsed.kind === "refused" ? parsed.problem : await this.#do(text, address);
    if (problem) view.refused(text, address, problem);
    return problem;
  }

  async #do(text: string, address: Address | null): Promise<Problem | null> {
    const { chat } = this;
    const parsed = chat.parse(text);
    // What needs no connection does not wait for what does.
    if (parsed.kind === "nothing" || (parsed.kind === "command" && parsed.command.worksOffline))
      return chat.submit(text, address);
    const { phase } = chat.state.connection;
    if (phase !== "online") return { what: phase === "replaced" ? "disconnected" : "offline", kept: "none" };
    const pending = { sinceMs: Date.now() };
    this.#pending.add(pending);
    const submitted = this.#queue.then(() => chat.submit(text, address));
    this.#queue = submitted.catch(() => null).finally(() => this.#pending.delete(pending));
    return submitted;
  }
}
