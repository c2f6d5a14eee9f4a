/** Earlier events as lines, for /history and `parlance tail`. */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Event } from "../../gen/parlance/v1/event_pb.js";
import type { HistoryOptions } from "../session/lists.js";
import type { Self } from "../session/self.js";
import type { Session } from "../session/session.js";
import type { Line } from "./line.js";
import { messageLine } from "./reduce.js";
import { FOLD_MS, isCrowd } from "./state.js";

/** Reads back step by step. */
export class HistoryReader {
  readonly #session: Pick<Session, "history" | "self">;
  #before = "";

  constructor(session: Pick<Session, "history" | "self">) {
    this.#session = session;
  }

  /** The `count` events before those of the last call; after the oldest ones, the latest again. */
  async read(count: number): Promise<readonly Line[]> {
    const options: HistoryOptions = { before: this.#before, count, wanted: isShown };
    const { events, previousCursor, atStart, restarted } = await this.#session.history(options);
    const older = this.#before !== "" && !restarted;
    this.#before = atStart ? "" : previousCursor;
    const at = Date.now();
    const heading: Line[] = events.length > 0 ? [{ kind: "history", at, count: events.length, older }] : [];
    return [...heading, ...historyLines(events, this.#session.self), { kind: "history_end", at, atStart }];
  }
}

/** Whether an earlier event gets a line. Joins and leaves in a crowd do not. */
export function isShown({ kind }: Event): boolean {
  switch (kind.case) {
    case "message":
    case "privateMessage":
      return true;
    case "joined":
    case "left":
      return !isCrowd(kind.value.online);
    default:
      return false;
  }
}

/** Earlier events as lines, none of them live; joins, or leaves, within two seconds share a line. */
export function historyLines(events: readonly Event[], self: Self): readonly Line[] {
  const lines: Line[] = [];
  for (const { kind, time } of events) {
    const at = time ? timestampMs(time) : 0;
    if (kind.case === "message" || kind.case === "privateMessage") {
      lines.push(messageLine(kind, at, self, false));
    }
    if (kind.case !== "joined" && kind.case !== "left") continue;
    const nickname = kind.value.user?.nickname ?? "";
    const last = lines.at(-1);
    if (last?.kind === kind.case && at - last.at <= FOLD_MS) {
      lines[lines.length - 1] = { ...last, nicknames: [...last.nicknames, nickname] };
    } else {
      lines.push({ kind: kind.case, at, nicknames: [nickname] });
    }
  }
  return lines;
}
