/** Earlier events as lines, for /history and `parlance tail`. */
import type { Event } from "../session/event.js";
import type { HistoryOptions } from "../session/lists.js";
import type { Person } from "../session/person.js";
import type { Session } from "../session/session.js";
import type { Line } from "./line.js";
import { moderationLine } from "./moderation.js";
import { isQuiet } from "./reading/ignored.js";
import { messageLine, undeliveredLine } from "./reduce.js";
import { FOLD_MS, type FoldedKind, type Ignored } from "./state.js";
import { editLines, type Quotable, withQuoted } from "./texts/lines.js";

/** Reads back step by step, from what is on the screen already. */
export class HistoryReader {
  readonly #session: Pick<Session, "history" | "self">;
  /** Cursor of the oldest event that the feed has shown; "": of none yet; null: not all since then were shown. */
  #shown: string | null = "";
  #before = "";

  constructor(session: Pick<Session, "history" | "self">) {
    this.#session = session;
  }

  /** To be called with each event of the feed. */
  seen({ cursor }: Event): void {
    if (this.#shown === "") this.#shown = cursor;
  }

  /** Events that were hidden no longer are: the next call begins with the latest ones. */
  startAtLatest(): void {
    this.#shown = null;
    this.#before = "";
  }

  /**
   * The `count` events before those of the last call, of which the first one begins before what the feed has shown; after
   * the oldest ones, the same again. `crowd`: whether joins and leaves are left out; `ignored`: people who are.
   */
  async read(count: number, crowd: boolean, ignored: readonly Ignored[] = []): Promise<readonly Line[]> {
    const wanted = (event: Event) => isShown(event, crowd, ignored);
    const before = this.#before || (this.#shown ?? "");
    const options: HistoryOptions = { before, count, wanted };
    const { events, previousCursor, atStart, restarted } = await this.#session.history(options);
    const older = before !== "" && !restarted;
    this.#before = atStart ? "" : previousCursor;
    const at = Date.now();
    const heading: Line[] = events.length > 0 ? [{ kind: "history", at, count: events.length, older }] : [];
    return [...heading, ...historyLines(events, this.#session.self), { kind: "history_end", at, atStart }];
  }
}

/** Whether an earlier event gets a line. Joins, leaves and changes of members in a crowd do not. */
export function isShown(event: Event, crowd: boolean, ignored: readonly Ignored[] = []): boolean {
  const { kind } = event;
  if (isQuiet(ignored, event)) return false;
  if (kind === "joined" || kind === "left" || kind === "userChanged") return !crowd;
  return kind !== "ignoreChanged";
}

/** Earlier events as lines, none of them live; joins, or leaves, within two seconds share a line. */
export function historyLines(events: readonly Event[], self: Person): readonly Line[] {
  const lines: Line[] = [];
  const texts = new Map<string, string>();
  let known: readonly Quotable[] = [];
  for (const event of events) {
    switch (event.kind) {
      case "privateMessage":
      case "groupMessage":
        if (event.kind === "privateMessage") texts.set(event.id, event.text);
        lines.push(...withQuoted(event, known, messageLine(event, { self, live: false })));
        known = [...known, event];
        break;
      case "edited":
        lines.push(...editLines(event, known, self));
        known = known.map((one) => (one.id === event.messageId ? { ...one, text: event.text } : one));
        break;
      case "undelivered":
        lines.push(undeliveredLine(event, texts));
        break;
      case "joined":
        addFolded(lines, event.kind, event.timeMs, event.user.nickname);
        break;
      case "left":
        addFolded(lines, event.removed ? "removed" : event.kind, event.timeMs, event.user.nickname);
        break;
      case "announcement":
      case "redacted":
      case "moderated":
      case "roomChanged":
      case "userChanged":
        lines.push(moderationLine(event, self));
        break;
      case "ignoreChanged":
        break;
    }
  }
  return lines;
}

function addFolded(lines: Line[], kind: FoldedKind, at: number, nickname: string): void {
  const last = lines.at(-1);
  if (last?.kind === kind && at - last.at <= FOLD_MS) {
    lines[lines.length - 1] = { ...last, nicknames: [...last.nicknames, nickname] };
  } else {
    lines.push({ kind, at, nicknames: [nickname] });
  }
}
