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

/** Reads back step by step. */
export class HistoryReader {
  readonly #session: Pick<Session, "history" | "self">;
  #before = "";

  constructor(session: Pick<Session, "history" | "self">) {
    this.#session = session;
  }

  /**
   * The `count` events before those of the last call; after the oldest ones, the latest again. `crowd`: whether joins and
   * leaves are left out; `ignored`: people who are.
   */
  async read(count: number, crowd: boolean, ignored: readonly Ignored[] = []): Promise<readonly Line[]> {
    const wanted = (event: Event) => isShown(event, crowd, ignored);
    const options: HistoryOptions = { before: this.#before, count, wanted };
    const { events, previousCursor, atStart, restarted } = await this.#session.history(options);
    const older = this.#before !== "" && !restarted;
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
  for (const event of events) {
    switch (event.kind) {
      case "privateMessage":
        texts.set(event.id, event.text);
        lines.push(messageLine(event, { self, live: false }));
        break;
      case "groupMessage":
        lines.push(messageLine(event, { self, live: false }));
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
