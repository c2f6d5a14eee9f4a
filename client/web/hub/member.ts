import type { Chat } from "../../chat/chat.js";
import type { Address } from "../../chat/input/address.js";
import { type Completion, complete } from "../../chat/input/complete.js";
import type { Problem } from "../../chat/line.js";
import { LATE_MS, Outbox, type Pending } from "../../chat/outbox.js";
import type { Session } from "../../session/session.js";
import type { ViewPort } from "./view-port.js";

/** A submitted text, until it has had its response or is refused. */
interface Submitted {
  readonly text: string;
  readonly address: Address | null;
  readonly resolve: (problem: Problem | null) => void;
}

/** The hub's place in the room: inputs of all views go out one after the other, in the order in which they came. */
export class Member {
  readonly chat: Chat;
  readonly session: Session;
  readonly outbox: Outbox;
  #submitted: readonly Submitted[] = [];

  /** `onChange`: what waits has changed. */
  constructor(chat: Chat, session: Session, onChange: () => void) {
    this.chat = chat;
    this.session = session;
    this.outbox = new Outbox({
      onChange: () => {
        this.#settle();
        onChange();
      },
      onHeld: (entry, problem) => {
        // It returns to its view.
        const held = this.#submitted.find((one) => isOf(one, entry));
        this.#submitted = this.#submitted.filter((one) => one !== held);
        held?.resolve(problem);
        this.outbox.takeOut([entry]);
      },
    });
    this.outbox.attach(chat);
  }

  /** Texts that wait, or have had no response for a while. */
  pending(nowMs: number): number {
    return this.outbox.entries.filter(
      ({ phase, sinceMs }) => phase !== "sending" || nowMs - sinceMs >= LATE_MS,
    ).length;
  }

  complete({ text, cursor }: { readonly text: string; readonly cursor: number }): Completion | null {
    return complete(text, cursor, this.chat.state);
  }

  /** Does what a whole input of a view means, once it can. Resolves with the problem if the text did not go out. */
  async submit(text: string, view: ViewPort): Promise<Problem | null> {
    const { chat } = this;
    const address = view.takeAddress(text, chat.state);
    const problem = chat.check(text, address) ?? (await this.#do(text, address));
    if (problem) view.refused(text, address, problem);
    return problem;
  }

  #do(text: string, address: Address | null): Promise<Problem | null> {
    const { chat } = this;
    const parsed = chat.parse(text);
    // What needs no connection does not wait for what does.
    if (parsed.kind === "nothing" || (parsed.kind === "command" && parsed.command.worksOffline))
      return chat.submit(text, address);
    return new Promise((resolve) => {
      this.#submitted = [...this.#submitted, { text, address, resolve }];
      this.outbox.add({ text, address });
    });
  }

  /** What is no longer in the outbox has gone out. */
  #settle(): void {
    const { entries } = this.outbox;
    const [left, gone]: [Submitted[], Submitted[]] = [[], []];
    for (const one of this.#submitted) (entries.some((entry) => isOf(one, entry)) ? left : gone).push(one);
    this.#submitted = left;
    for (const { resolve } of gone) resolve(null);
  }
}

const isOf = ({ text, address }: Submitted, entry: Pending) =>
  entry.text === text && entry.address === address;
