import type { Chat } from "../../chat/chat.js";
import type { Address } from "../../chat/input/address.js";
import { type Completion, complete } from "../../chat/input/complete.js";
import { masked } from "../../chat/input/parse.js";
import type { About, Problem } from "../../chat/line.js";
import { type Draft, Outbox, type Pending } from "../../chat/outbox.js";
import { isIgnored } from "../../chat/reading/ignored.js";
import { isSame, nameKey, type Person, RANKS } from "../../session/person.js";
import type { Session } from "../../session/session.js";
import type { PendingLine, PersonFacts } from "./messages.js";
import type { ViewPort } from "./view-port.js";

/** A submitted text, until it has had its response or is refused. */
interface Submitted extends Draft {
  readonly id: number;
  readonly about: About | null;
  readonly resolve: (problem: Problem | null) => void;
}

/** The hub's place in the room: inputs of all views go out one after the other, in the order in which they came. */
export class Member {
  readonly chat: Chat;
  readonly session: Session;
  readonly outbox: Outbox;
  #submitted: readonly Submitted[] = [];
  #count = 0;

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
  pending(nowMs: number): readonly PendingLine[] {
    return this.outbox.shown(nowMs).map((entry, index) => ({
      id: this.#submitted.find((one) => isOf(one, entry))?.id ?? 0,
      text: masked(entry.text),
      place: index + 1,
      isSending: entry.phase === "sending",
      retryAtMs: entry.retryAtMs,
    }));
  }

  complete({ text, cursor }: { readonly text: string; readonly cursor: number }): Completion | null {
    return complete(text, cursor, this.chat.state);
  }

  /** What is known here of a person. */
  person(asked: Person): PersonFacts {
    const { people, ignored, role: own, self } = this.chat.state;
    const member = people.get(nameKey(asked.nickname));
    const isHere = member !== undefined && (asked.id === "" || member.id === asked.id);
    const { nickname, id } = asked.id === "" && member ? member : asked;
    const { registered, role, bot } = isHere
      ? member
      : ({ registered: false, role: "MEMBER", bot: false } as const);
    return {
      ...{ nickname, id, registered, role, bot, isHere },
      isSelf: self !== null && isSame(self, { nickname, id }),
      isIgnored: isIgnored(ignored, { nickname, id }, registered),
      isBelow: RANKS[role] < RANKS[own],
    };
  }

  /** Does what a whole input of a view means, once it can. Resolves with the problem if the text did not go out. */
  async submit(text: string, about: About | null, view: ViewPort): Promise<Problem | null> {
    const { chat } = this;
    const address = view.takeAddress(text, chat.state);
    const problem = chat.check(text, address) ?? (await this.#do(text, address, about));
    if (problem) view.returned(text, address, problem);
    return problem;
  }

  /** Takes a pending input out, to be changed in the view. */
  take(id: number, view: ViewPort): { readonly text: string; readonly about: About | null } | null {
    const [taken] = this.#takeOut(id);
    if (!taken) return null;
    view.returned(taken.text, taken.address, null);
    return { text: taken.text, about: taken.about };
  }

  /** Drops a pending input. */
  cancel(id: number): void {
    const count = this.#takeOut(id).length;
    if (count > 0) this.#show({ what: "cancelled", count });
  }

  /** The member is no longer in the room: what has not gone out returns to its view. */
  close(): void {
    const left = this.#submitted;
    this.#submitted = [];
    for (const { text, resolve } of left) resolve({ what: "left_unsent", text: masked(text) });
  }

  #takeOut(id: number): readonly Submitted[] {
    const meant = this.#submitted.filter((one) => one.id === id);
    const entries = this.outbox.idle.filter((entry) => meant.some((one) => isOf(one, entry)));
    this.outbox.takeOut(entries);
    return entries.length > 0 ? meant : [];
  }

  #show(problem: Problem): void {
    this.chat.dispatch({ kind: "line", line: { kind: "problem", at: Date.now(), problem } });
  }

  #do(text: string, address: Address | null, about: About | null): Promise<Problem | null> {
    const { chat } = this;
    const parsed = chat.parse(text);
    // What needs no connection does not wait for what does.
    if (parsed.kind === "nothing" || (parsed.kind === "command" && parsed.command.worksOffline))
      return chat.submit(text, address);
    return new Promise((resolve) => {
      const submitted = { text, address, about, id: ++this.#count, resolve };
      this.#submitted = [...this.#submitted, submitted];
      this.outbox.add(submitted);
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

/** Entries of the outbox have all that was added. */
const isOf = ({ id }: Submitted, entry: Pending) => (entry as Partial<Submitted>).id === id;
