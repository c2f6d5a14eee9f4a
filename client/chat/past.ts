import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Event } from "../../gen/parlance/v1/event_pb.js";
import type { HistoryOptions } from "../session/lists.js";
import { nameKey, type Self } from "../session/self.js";
import type { Session } from "../session/session.js";
import type { Line, SpokenLine } from "./line.js";
import { isCrowd } from "./people.js";
import { FOLD_MS } from "./scroll.js";

/** The past of a room, read back step by step. */
export interface Reader {
  /** The `count` events before those that were read last; after the oldest ones the latest again. */
  back(count: number): Promise<readonly Line[]>;
}

export function createReader(session: Pick<Session, "history" | "self">): Reader {
  let before = "";
  return {
    async back(count) {
      const options: HistoryOptions = { before, count, wanted: isTold };
      const { events, previousCursor, atStart, restarted } = await session.history(options);
      const older = before !== "" && !restarted;
      before = atStart ? "" : previousCursor;
      const at = Date.now();
      const heading: Line[] = events.length > 0 ? [{ kind: "past", at, count: events.length, older }] : [];
      return [...heading, ...pastLines(events, session.self), { kind: "past_end", at, atStart }];
    },
  };
}

/** Whether an event of the past gets a line. Who comes and goes in a crowd does not. */
export function isTold({ kind }: Event): boolean {
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

/** Events of the past as lines; who came, or left, within two seconds stands in one. */
export function pastLines(events: readonly Event[], self: Self): readonly Line[] {
  const lines: Line[] = [];
  for (const { kind, time } of events) {
    const at = time ? timestampMs(time) : 0;
    if (kind.case === "message" || kind.case === "privateMessage") lines.push(spoken(kind, at, self));
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

type Spoken = Extract<Event["kind"], { case: "message" | "privateMessage" }>;

function spoken(kind: Spoken, at: number, self: Self): SpokenLine {
  const isSelf = (nickname: string) => nameKey(nickname) === nameKey(self.nickname);
  if (kind.case === "message") {
    const { sender, text } = kind.value;
    return { kind: "message", at, sender, text, own: isSelf(sender), live: false };
  }
  const { sender, recipient, text } = kind.value;
  const direction = !isSelf(sender) ? "in" : isSelf(recipient) ? "self" : "out";
  return { kind: "private", at, sender, recipient, text, direction, live: false };
}
