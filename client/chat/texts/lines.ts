/** The lines of replies and edits. */
import type { Event } from "../../session/event.js";
import { isSame, nameKey, type Person } from "../../session/person.js";
import type { Line, QuoteLine } from "../line.js";
import { isIgnored } from "../reading/ignored.js";
import type { Recent, State } from "../state.js";

type Edited = Extract<Event, { kind: "edited" }>;

/** What is known of a message by its id: its sender, and the text that it has now. */
export type Quotable = Pick<Recent, "id" | "sender" | "text">;

/** The latest messages that can be quoted: not those of people whom the reader ignores. */
export function quotable({ recent, ignored }: Pick<State, "recent" | "ignored">): readonly Recent[] {
  if (ignored.length === 0) return recent;
  return recent.filter(({ sender, registered = false }) => !isIgnored(ignored, sender, registered));
}

/** The message that a reply refers to: the last one of another person, or of the one with this name. */
export function findQuoted(state: State, name: string | null): Recent | null {
  const { self } = state;
  const isMeant = ({ sender }: Recent) =>
    name === null ? self === null || !isSame(self, sender) : nameKey(sender.nickname) === nameKey(name);
  return quotable(state).findLast(isMeant) ?? null;
}

/** The other person of a private message; null if it is for everyone. */
export function partnerIn({ self }: State, { sender, recipient }: Recent): Person | null {
  if (!recipient) return null;
  return self !== null && isSame(self, sender) ? recipient : sender;
}

/** The message with this id, for quoting; none if it is not known. */
export function quoteOf(messages: readonly Quotable[], id: string, at: number): QuoteLine {
  const found = messages.findLast((message) => message.id === id);
  return {
    kind: "quote",
    at,
    id,
    message: found ? { nickname: found.sender.nickname, text: found.text } : null,
  };
}

/** A message's line, below the message that it replies to. */
export function withQuoted(
  { replyToId }: { readonly replyToId: string },
  messages: readonly Quotable[],
  line: Line,
): readonly Line[] {
  return replyToId === "" ? [line] : [quoteOf(messages, replyToId, line.at), line];
}

/** The line of an edit as `self` sees it, below the text of before. */
export function editLines(
  { id, messageId, sender, recipient, text, timeMs: at }: Edited,
  messages: readonly Quotable[],
  self: Person | null,
): readonly Line[] {
  const own = self !== null && isSame(self, sender);
  const { nickname } = sender;
  const isPrivate = recipient !== null;
  const edited: Line = { kind: "edited", at, id, messageId, nickname, own, isPrivate, text };
  return [quoteOf(messages, messageId, at), edited];
}

/** A line that is shown already, without what it has of the messages and edits with these ids, which were erased. */
export function withoutErased(line: Line, ids: ReadonlySet<string>): Line {
  const isErased = (id: string | undefined) => id !== undefined && ids.has(id);
  switch (line.kind) {
    case "message":
    case "private":
      return isErased(line.id) ? { ...line, text: "", erased: true } : line;
    case "quote":
      return isErased(line.id) && line.message ? { ...line, message: null } : line;
    case "edited":
      return isErased(line.id) || isErased(line.messageId) ? { ...line, text: "", erased: true } : line;
    case "undelivered": {
      const texts = line.texts.filter((_, index) => !isErased(line.ids?.[index]));
      const left = (line.ids ?? []).filter((id) => !isErased(id));
      return texts.length < line.texts.length ? { ...line, texts, ids: left } : line;
    }
    default:
      return line;
  }
}
