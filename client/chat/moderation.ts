/** Lines of what moderators do, and of changes of the room and its members. */
import type { Event } from "../session/event.js";
import { isSame, type Person } from "../session/person.js";
import type { NoticeLine } from "./line.js";

export type ModerationEvent = Extract<
  Event,
  { kind: "announcement" | "redacted" | "moderated" | "roomChanged" | "userChanged" }
>;

/** The line of an event as `self` sees it. */
export function moderationLine(event: ModerationEvent, self: Person | null): NoticeLine {
  const { timeMs: at } = event;
  const isSelf = (person: Person | null) => self !== null && person !== null && isSame(self, person);
  switch (event.kind) {
    case "announcement":
      return { kind: "announcement", at, id: event.id, text: event.text };
    case "redacted": {
      const { sender, messageIds, reason } = event;
      const count = messageIds.length;
      return { kind: "redacted", at, nickname: sender.nickname, own: isSelf(sender), count, reason };
    }
    case "moderated": {
      const { action, moderator, person, reason, untilMs, reference } = event;
      const nickname = person?.nickname ?? "";
      const own = isSelf(person);
      const forMs = untilMs === null ? null : Math.max(0, untilMs - at);
      return { kind: "moderated", at, action, moderator, nickname, own, reason, forMs, reference };
    }
    case "roomChanged":
      return { kind: "room_changed", at, room: event.room };
    case "userChanged": {
      const { user, registered, role } = event;
      return { kind: "user_changed", at, nickname: user.nickname, own: isSelf(user), registered, role };
    }
  }
}
