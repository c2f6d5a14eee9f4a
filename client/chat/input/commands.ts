/** The commands of the input line: one table for parsing, completion, suggestions and /help. */
import type { Feature } from "../../session/limits.js";
import { RANKS, type Role } from "../../session/person.js";
import type { CommandHelp, HelpRow, Problem } from "../line.js";
import type { Given, Parameter } from "./arguments.js";
import { FORMS, HABITS, type Habit } from "./habits.js";

/** The part of a catalogue that /help is made of, in one language. */
export interface HelpWords {
  readonly help: Readonly<Record<"text" | "private" | CommandHelp, HelpRow>>;
  readonly forms: Readonly<Record<"msg" | "query" | "say", string>>;
  readonly habits: Readonly<Record<Habit, string>>;
}

type Done = Promise<Problem | null>;

/** What commands do that need no room. */
export interface LocalActions {
  /** `topic`: "" for all commands, "keys", or the name of a command. */
  showHelp(topic: string): Done;
  quit(): Done;
  /** Connects now, also where another client took the place of this one. */
  reconnect(): Done;
  /** Clears the screen; the scrollback stays. */
  clear(): Done;
}

/** What commands do; provided by the chat. Each resolves with the problem, or null. */
export interface Actions extends LocalActions {
  listUsers(): Done;
  /** Ignores group chat if it is shown, and the other way round. */
  toggleIgnore(): Done;
  /** Replies to the person of the last private message. */
  reply(text: string): Done;
  /** Shows `count` earlier events, further back each time. */
  readHistory(count: number): Done;
  /** Registers the reader's nickname; "": with a secret that the server makes. */
  register(secret: string): Done;
  unregister(): Done;
  /** Erases a message: the reader's last one, the `count`-th last, the last one of `name`, or the one with the `id`. */
  redact(given: Given): Done;
  /** Shows earlier messages that contain `text`; "": further back for the text of before. */
  find(text: string): Done;
  /** Replies to the last message of another person, or of `name`, where that was: in the room or privately. */
  quote(given: Given): Done;
  /** Gives the reader's last message another text. */
  edit(text: string): Done;
  kick(given: Given): Done;
  ban(given: Given): Done;
  listBans(): Done;
  unban(id: string): Done;
  mute(given: Given): Done;
  erase(given: Given): Done;
  announce(text: string): Done;
  invite(given: Given): Done;
  close(given: Given): Done;
  /** Shows a person no longer; without a name, lists who is not shown. */
  ignorePerson(given: Given): Done;
  showPerson(given: Given): Done;
}

export type Command = RoomCommand | LocalCommand;

interface CommandBase {
  /** Without its slash. */
  readonly name: string;
  /** Accepted, but neither listed nor completed. */
  readonly aliases: readonly string[];
  /**
   * Its argument: "nothing" makes the command the whole line; a message has an addressee; a count, 1 to MAX_COUNT, is
   * optional; otherwise a list.
   */
  readonly takes: "nothing" | "message" | "count" | readonly Parameter[];
  readonly help: CommandHelp;
  /** Whom it is offered to; all can type it, and the server decides. Default: everyone. */
  readonly offeredTo?: Offer;
  /** Whether it sends a text, which may be for one person. */
  readonly writes?: boolean;
  /** Whether the text replies to a message, which is fixed as it is typed. */
  readonly quotes?: boolean;
  /** Whether its argument is a secret, which is neither shown nor kept. */
  readonly isSecret?: boolean;
}

interface RoomCommand extends CommandBase {
  readonly worksOffline: false;
  /** `argument`: of a message and a count; `given`: of a list. */
  readonly run: (actions: Actions, argument: string, given: Given) => Done;
}

/** Needs no connection, and acts at once. */
interface LocalCommand extends CommandBase {
  readonly worksOffline: true;
  readonly run: (actions: LocalActions, argument: string, given: Given) => Done;
}

interface Offer {
  readonly feature: Feature;
  readonly role?: Role;
  /** Whether the reader's nickname has to be registered, or must not be. */
  readonly registered?: boolean;
}

/** What the reader may do here, as far as it is known. */
export interface Standing {
  readonly role: Role;
  readonly registered: boolean;
  readonly features: readonly Feature[];
}

/** Events that /history reads by default, and at most: as much as fits into a terminal's scrollback. */
const DEFAULT_COUNT = 20;
export const MAX_COUNT = 500;

const base = { aliases: [], worksOffline: false } as const;
const local = { aliases: [], worksOffline: true } as const;
const moderators: Offer = { feature: "MODERATION", role: "MODERATOR" };
const optional = true;

const ROOM_COMMANDS: readonly RoomCommand[] = [
  {
    ...base,
    name: "ls",
    aliases: ["names", "who", "users", "online"],
    takes: "nothing",
    help: "ls",
    run: (actions) => actions.listUsers(),
  },
  { ...base, name: "i", takes: "nothing", help: "ignore", run: (actions) => actions.toggleIgnore() },
  {
    ...base,
    name: "reply",
    aliases: ["r"],
    takes: "message",
    writes: true,
    help: "reply",
    run: (actions, text) => actions.reply(text),
  },
  {
    ...base,
    name: "history",
    takes: "count",
    help: "history",
    run: (actions, count) => actions.readHistory(count === "" ? DEFAULT_COUNT : Number(count)),
  },
  {
    ...base,
    name: "ignore",
    takes: [{ kind: "name", optional }],
    help: "ignorePerson",
    run: (actions, _, given) => actions.ignorePerson(given),
  },
  {
    ...base,
    name: "unignore",
    takes: [{ kind: "name" }],
    help: "showPerson",
    run: (actions, _, given) => actions.showPerson(given),
  },
  {
    ...base,
    name: "find",
    takes: [{ kind: "rest", optional }],
    help: "find",
    offeredTo: { feature: "SEARCH" },
    run: (actions, _, { rest = "" }) => actions.find(rest),
  },
  {
    ...base,
    name: "quote",
    takes: [{ kind: "author", optional }, { kind: "rest" }],
    writes: true,
    quotes: true,
    help: "quote",
    offeredTo: { feature: "REPLIES" },
    run: (actions, _, given) => actions.quote(given),
  },
  {
    ...base,
    name: "edit",
    takes: [{ kind: "rest" }],
    writes: true,
    help: "edit",
    offeredTo: { feature: "EDITING" },
    run: (actions, _, { rest = "" }) => actions.edit(rest),
  },
  {
    ...base,
    name: "redact",
    takes: [{ kind: "which", optional }],
    help: "redact",
    offeredTo: { feature: "REDACTION" },
    run: (actions, _, given) => actions.redact(given),
  },
  {
    ...base,
    name: "register",
    takes: [{ kind: "rest", optional }],
    help: "register",
    offeredTo: { feature: "REGISTRATION" },
    isSecret: true,
    run: (actions, _, { rest = "" }) => actions.register(rest),
  },
  {
    ...base,
    name: "unregister",
    takes: "nothing",
    help: "unregister",
    offeredTo: { feature: "REGISTRATION", registered: true },
    run: (actions) => actions.unregister(),
  },
  {
    ...base,
    name: "kick",
    takes: [{ kind: "name" }, { kind: "rest", optional }],
    help: "kick",
    offeredTo: moderators,
    run: (actions, _, given) => actions.kick(given),
  },
  {
    ...base,
    name: "ban",
    takes: [{ kind: "target" }, { kind: "duration", optional }, { kind: "rest", optional }],
    help: "ban",
    offeredTo: moderators,
    run: (actions, _, given) => actions.ban(given),
  },
  {
    ...base,
    name: "bans",
    takes: "nothing",
    help: "bans",
    offeredTo: moderators,
    run: (actions) => actions.listBans(),
  },
  {
    ...base,
    name: "unban",
    takes: [{ kind: "id" }],
    help: "unban",
    offeredTo: moderators,
    run: (actions, _, { id = "" }) => actions.unban(id),
  },
  {
    ...base,
    name: "mute",
    takes: [{ kind: "name" }, { kind: "duration or 0" }, { kind: "rest", optional }],
    help: "mute",
    offeredTo: moderators,
    run: (actions, _, given) => actions.mute(given),
  },
  {
    ...base,
    name: "erase",
    takes: [{ kind: "name" }, { kind: "duration", optional }],
    help: "erase",
    offeredTo: moderators,
    run: (actions, _, given) => actions.erase(given),
  },
  {
    ...base,
    name: "announce",
    takes: [{ kind: "rest" }],
    help: "announce",
    offeredTo: moderators,
    run: (actions, _, { rest = "" }) => actions.announce(rest),
  },
  {
    ...base,
    name: "invite",
    takes: [
      { kind: "count", optional },
      { kind: "duration", optional },
    ],
    help: "invite",
    offeredTo: moderators,
    run: (actions, _, given) => actions.invite(given),
  },
  {
    ...base,
    name: "close",
    takes: [{ kind: "duration or 0", optional }],
    help: "close",
    offeredTo: moderators,
    run: (actions, _, given) => actions.close(given),
  },
];

const LOCAL_COMMANDS: readonly LocalCommand[] = [
  {
    ...local,
    name: "reconnect",
    takes: "nothing",
    help: "reconnect",
    run: (actions) => actions.reconnect(),
  },
  {
    ...local,
    name: "clear",
    aliases: ["cls"],
    takes: "nothing",
    help: "clear",
    run: (actions) => actions.clear(),
  },
  {
    ...local,
    name: "help",
    aliases: ["h", "?"],
    takes: [{ kind: "rest", optional }],
    help: "help",
    run: (actions, _, { rest = "" }) => actions.showHelp(rest),
  },
  {
    ...local,
    name: "quit",
    aliases: ["exit", "part", "leave", "bye", "logout", "disconnect"],
    takes: "nothing",
    help: "quit",
    run: (actions) => actions.quit(),
  },
];

/** In the order of /help. */
export const COMMANDS: readonly Command[] = [...ROOM_COMMANDS, ...LOCAL_COMMANDS];

/** The commands that help, completion and suggestions name. */
export function offered({ role, registered, features }: Standing): readonly Command[] {
  return COMMANDS.filter(({ offeredTo }) => {
    if (!offeredTo) return true;
    const isOfRole = RANKS[role] >= RANKS[offeredTo.role ?? "MEMBER"];
    const isOfNickname = offeredTo.registered === undefined || offeredTo.registered === registered;
    return isOfRole && isOfNickname && features.includes(offeredTo.feature);
  });
}

/** Help on one topic: the keys, a command by its name or an alias, or one of another chat; undefined if there is none. */
export function helpTopic(
  topic: string,
  { words, keyHelp = [] }: { readonly words: HelpWords; readonly keyHelp?: readonly HelpRow[] },
): readonly HelpRow[] | undefined {
  const plain = topic
    .trim()
    .replace(/^[/／]/, "")
    .normalize("NFKC")
    .toLowerCase();
  if (["keys", "key", "按键", "快捷键"].includes(plain)) return keyHelp.length > 0 ? keyHelp : undefined;
  const form = FORMS.get(plain);
  if (form)
    return [{ usage: words.forms[form], summary: words.help[form === "say" ? "text" : "private"].summary }];
  const habit = HABITS.get(plain);
  if (habit) return [{ usage: `/${plain}`, summary: words.habits[habit] }];
  const found = COMMANDS.find(({ name, aliases }) => name === plain || aliases.includes(plain));
  return found && [words.help[found.help]];
}

/** A row of the server's Help response: `name` without slash, "" for plain text and private messages. */
export interface ServerHelpRow extends HelpRow {
  readonly name: string;
  readonly aliases: readonly string[];
}

/** Rows of /help: text, private messages, the offered commands, then the commands that only the server knows. */
export function helpRows(
  { help }: HelpWords,
  commands: readonly Command[],
  fromServer: readonly ServerHelpRow[] = [],
): readonly HelpRow[] {
  const known = new Set(COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases]));
  const unknown = fromServer.filter(
    ({ name, aliases }) => name !== "" && ![name, ...aliases].some((word) => known.has(word)),
  );
  return [
    help.text,
    help.private,
    ...commands.map((command) => help[command.help]),
    ...unknown.map(({ usage, summary }) => ({ usage, summary })),
  ];
}
