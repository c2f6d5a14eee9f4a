/** Commands that people know from other chats: those that are another way to write a message, and those without a meaning here. */

/** Ways to write a message, by the word behind the slash. */
export const FORMS = new Map<string, "msg" | "query" | "say">([
  ["msg", "msg"],
  ["m", "msg"],
  ["w", "msg"],
  ["whisper", "msg"],
  ["tell", "msg"],
  ["privmsg", "msg"],
  ["pm", "msg"],
  ["dm", "msg"],
  ["notice", "msg"],
  ["query", "query"],
  ["say", "say"],
]);

/** What a command of another chat was for; the catalogue has words on what serves here. */
export type Habit =
  | "room"
  | "nickname"
  | "action"
  | "away"
  | "roles"
  | "whois"
  | "identify"
  | "search"
  | "raw";

export const HABITS: ReadonlyMap<string, Habit> = new Map([
  ...["join", "j", "list", "channel", "server", "connect", "window", "win"].map(as("room")),
  ...["nick", "name"].map(as("nickname")),
  ...["me", "action", "emote", "describe"].map(as("action")),
  ...["away", "back", "afk", "busy"].map(as("away")),
  ...["op", "deop", "voice", "devoice", "mode", "topic", "knock"].map(as("roles")),
  ...["whois", "whowas", "wii"].map(as("whois")),
  ...["identify", "nickserv", "ns", "chanserv", "cs", "auth", "login"].map(as("identify")),
  ...["lastlog", "grep", "search", "scrollback", "buffer"].map(as("search")),
  ...["raw", "ctcp", "dcc", "exec", "set", "bind", "alias", "load", "script"].map(as("raw")),
]);

function as(habit: Habit) {
  return (word: string) => [word, habit] as const;
}
