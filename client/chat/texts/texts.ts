/** What commands do with the texts of messages: find them, quote them, give them another text. */
import type { Event } from "../../session/event.js";
import type { History } from "../../session/lists.js";
import { isSame, type Person } from "../../session/person.js";
import type { Session } from "../../session/session.js";
import { historyLines } from "../history.js";
import type { Given } from "../input/arguments.js";
import type { Actions } from "../input/commands.js";
import type { Line, Problem } from "../line.js";
import { actProblem } from "../problem.js";
import { isQuiet } from "../reading/ignored.js";
import type { Recent, State } from "../state.js";
import { partnerIn, quotable } from "./lines.js";

/** Messages that /find shows at once. */
const FOUND_AT_ONCE = 20;

export interface TextsOptions {
  readonly session: Session;
  readonly state: () => State;
  /** Shows lines that are none of the room's events as they happen. */
  readonly show: (lines: readonly Line[]) => void;
  /** Id of the last message that the server accepted from the reader; "" before. */
  readonly lastMessage: () => string;
  /** Sends a text to one person, or with null to everyone, as a reply to a message. */
  readonly deliver: (to: Person | null, text: string, replyToId: string) => Promise<void>;
  /** Whether the reader can confirm. */
  readonly asks: boolean;
  /** Called with the id of an edit that the server has accepted. */
  readonly onEdit: (id: string) => void;
}

type Done = Promise<Problem | null>;

export class Texts {
  readonly #options: TextsOptions;
  /** What was searched for, and the cursor before which the next search goes on. */
  #searched = "";
  #before = "";
  /** The reply that the reader was last asked about. */
  #asked = "";

  constructor(options: TextsOptions) {
    this.#options = options;
  }

  find: Actions["find"] = async (text) => {
    const wanted = text === "" ? this.#searched : text;
    if (wanted === "") return { what: "nothing_searched" };
    if (wanted !== this.#searched) this.#before = "";
    const before = this.#before;
    return this.#attempt("/find", async ({ show }) => {
      const found = await this.#search(wanted, before);
      this.#searched = wanted;
      this.#before = found.atStart ? "" : found.previousCursor;
      show(this.#foundLines(found, before !== "" && !found.restarted));
    });
  };

  /** What /find finds, further back than a cursor; "": from the latest message. */
  async search(text: string, before: string): Promise<History | Problem> {
    let found: History | undefined;
    const problem = await this.#attempt("/find", async () => {
      found = await this.#search(text, before);
    });
    return problem ?? found!;
  }

  #search(text: string, before: string): Promise<History> {
    const { session, state } = this.#options;
    const { ignored } = state();
    const wanted = (event: Event) => !isQuiet(ignored, event);
    return session.find(text, { before, count: FOUND_AT_ONCE, wanted });
  }

  quote = async ({ name, rest = "" }: Given, quoted: Recent | null): Done => {
    const { session, state, asks, deliver } = this.#options;
    // Without it the server would send the text as if it were no reply.
    if (!session.limits.features.includes("REPLIES")) return { what: "not_offered", command: "/quote" };
    if (!quoted) return { what: "nothing_to_quote", nickname: name ?? null };
    const partner = partnerIn(state(), quoted);
    const key = JSON.stringify([quoted.id, rest]);
    if (asks && partner === null && this.#hasPrivateNews() && this.#asked !== key) {
      this.#asked = key;
      const { sender, text, at } = quoted;
      return { what: "confirm_quote", message: { nickname: sender.nickname, text, at }, kept: "none" };
    }
    this.#asked = "";
    return this.#attempt("/quote", () => deliver(partner, rest, quoted.id), partner?.nickname);
  };

  /** Whether someone wrote privately since the reader's last message: a reply may be meant for them alone. */
  #hasPrivateNews(): boolean {
    const state = this.#options.state();
    const isOwn = ({ sender }: Recent) => isSame(this.#options.session.self, sender);
    const messages = quotable(state);
    return messages.slice(messages.findLastIndex(isOwn) + 1).some(({ recipient }) => recipient !== undefined);
  }

  edit: Actions["edit"] = async (text) => {
    const id = this.#ownLast();
    return id === "" ? { what: "nothing_to_edit" } : this.editMessage(id, text);
  };

  /** The same for the message with this id. */
  editMessage(id: string, text: string): Done {
    return this.#attempt("/edit", async ({ session, onEdit }) => {
      onEdit((await session.edit(id, text)).id);
    });
  }

  /** Id of the reader's last message; "" if none is known. */
  #ownLast(): string {
    const { session, state, lastMessage } = this.#options;
    const { recent } = state();
    const sent = lastMessage();
    // Its event may not have arrived, and the one before it is not meant.
    if (sent !== "" && !recent.some(({ id }) => id === sent)) return sent;
    return recent.findLast(({ sender }) => isSame(session.self, sender))?.id ?? "";
  }

  #foundLines({ events, atStart }: History, older: boolean): readonly Line[] {
    const at = Date.now();
    const heading: Line = { kind: "found", at, text: this.#searched, count: events.length, older };
    // What they refer to is mostly not among what was found.
    const lines = historyLines(events, this.#options.session.self).filter(({ kind }) => kind !== "quote");
    // Where nothing was found at all, that it was looked for everywhere is no news.
    const isEnd = atStart && events.length === 0;
    return [heading, ...lines, ...(isEnd ? [] : [{ kind: "found_end", at, atStart } as const])];
  }

  /** `person`: whom it is for; "" for everyone. */
  async #attempt(command: string, act: (options: TextsOptions) => Promise<void>, person = ""): Done {
    try {
      await act(this.#options);
      return null;
    } catch (error) {
      return actProblem(error, command, person);
    }
  }
}
