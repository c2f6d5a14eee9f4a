/** What menus offer: by what is known of the reader and of whom or what they are about. */
import type { SpokenLine } from "../../chat/line.js";
import type { PersonFacts } from "../hub/messages.js";

/** What the reader may do here. */
export interface Standing {
  /** Names of the commands that are offered to the reader. */
  readonly commands: readonly string[];
  readonly isOnline: boolean;
  readonly registered: boolean;
}

export type PersonAction = "address" | "ignorePerson" | "showPerson" | "mute" | "kick" | "ban" | "erase";
export type MessageAction = "reply" | "edit" | "redact";
export type OwnAction = "register" | "unregister" | "invite" | "bans";

/** On a name. What a moderator does is offered towards lower roles; whatever is refused, the server's words say why. */
export function personActions(
  { isSelf, isHere, isIgnored, isBelow }: Omit<PersonFacts, "nickname" | "id">,
  { commands, isOnline }: Standing,
): readonly PersonAction[] {
  if (isSelf) return [];
  const moderation = (["mute", "kick", "ban", "erase"] as const).filter(
    (action) => commands.includes(action) && (isHere || action === "ban" || action === "erase"),
  );
  return ["address", isIgnored ? "showPerson" : "ignorePerson", ...(isOnline && isBelow ? moderation : [])];
}

/** Whether the reader wrote the message. */
export function isOwn(line: SpokenLine): boolean {
  return line.kind === "message" ? line.own : line.direction !== "in";
}

/** On a message. */
export function messageActions(line: SpokenLine, { commands, isOnline }: Standing): readonly MessageAction[] {
  if (line.erased || !line.id) return [];
  const own = isOwn(line);
  const can = {
    reply: !own && commands.includes("quote"),
    edit: own && commands.includes("edit"),
    // A moderator erases what others sent, too.
    redact: isOnline && commands.includes(own ? "redact" : "erase"),
  };
  return (["reply", "edit", "redact"] as const).filter((action) => can[action]);
}

/** In the reader's own menu. */
export function ownActions({ commands, isOnline, registered }: Standing): readonly OwnAction[] {
  const can = {
    register: !registered && commands.includes("register"),
    unregister: commands.includes("unregister"),
    invite: commands.includes("invite"),
    bans: commands.includes("bans"),
  };
  const all = ["register", "unregister", "invite", "bans"] as const;
  return isOnline ? all.filter((action) => can[action]) : [];
}
