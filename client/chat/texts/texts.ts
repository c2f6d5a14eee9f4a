/** What commands do with the texts of messages: find them, quote them, give them another text. */
import type { Event } from "../../session/event.js";
import type { History } from "../../session/lists.js";
import { isSame, nameKey } from "../../session/person.js";
import type { Session } from "../../session/session.js";
import { historyLines } from "../history.js";
import type { Actions } from "../input/commands.js";
import type { Line, Problem } from "../line.js";
import { actProblem } from "../problem.js";
import { isQuiet } from "../reading/ignored.js";
import type { Recent, State } from "../state.js";
import { quotable } from "./lines.js";

/** Messages that /find shows at once. */
const FOUND_AT_ONCE = 20;

export interface TextsOptions {
  readonly session: Session;
  readonly state: () => State;
  /** Shows lines that are none of the room's events as they happen. */
  readonly show: (lines: readonly Line[]) => void;
  /** Id of the last message that the server accepted from the reader; "" before. */
  readonly lastMessage: () => string;
  /** Called with the id of a message, or of an edit, that the server has accepted. */
  readonly onMessage: (id: string) => void;
  readonly onEdit: (id: string) => void;
}

type Done = Promise<Problem | null>;

export class Texts {
  readonly #options: TextsOptions;
  /** What was searched for, and the cursor before which the next search goes on. */
  #searched = "";
  #before = "";

  constructor(options: TextsOptions) {
    this.#options = options;
  }

  find: Actions["find"] = async (text) => {
    const wanted = text === "" ? this.#searched : text;
    if (wanted === "") return { what: "bad_arguments", command: "/find", help: "find" };
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

  quote: Actions["quote"] = async ({ name, rest = "" }) => {
    const { session, state } = this.#options;
    // Without it the server would send the text as if it were no reply.
    if (!session.limits.features.includes("REPLIES")) return { what: "not_offered", command: "/quote" };
    const isMeant = ({ sender, isPublic }: Recent) =>
      isPublic &&
      (name === undefined ? !isSame(session.self, sender) : nameKey(sender.nickname) === nameKey(name));
    const found = quotable(state()).findLast(isMeant);
    if (!found) return { what: "nothing_to_quote", nickname: name ?? null };
    return this.#attempt("/quote", async ({ onMessage }) => {
      onMessage((await session.say(rest, { replyToId: found.id })).id);
    });
  };

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
    return [heading, ...lines, { kind: "found_end", at, atStart }];
  }

  async #attempt(command: string, act: (options: TextsOptions) => Promise<void>): Done {
    try {
      await act(this.#options);
      return null;
    } catch (error) {
      return actProblem(error, command, "");
    }
  }
}
