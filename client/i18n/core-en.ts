import type { CoreWords } from "./core-zh-CN.js";

let plurals: Intl.PluralRules | undefined;
export const count = (n: number, one: string, other: string) => {
  plurals ??= new Intl.PluralRules("en");
  return `${n} ${plurals.select(n) === "one" ? one : other}`;
};

export const duration = (ms: number): string => {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
};

const andOthers = (names: readonly string[]) =>
  names.length === 1 ? `${names[0]}` : `${names[0]} and ${count(names.length - 1, "other", "others")}`;

export const coreEn: CoreWords = {
  locale: "en",

  day: (at, timeZone) =>
    new Intl.DateTimeFormat("en-US", {
      weekday: "long",
      month: "long",
      day: "numeric",
      ...(timeZone ? { timeZone } : {}),
    }).format(at),
  duration,

  login: {
    rule: "Pick a nickname (1-24 columns, Chinese takes 2; letters, digits, Chinese, _, -)",
  },

  spoken: {
    privateTag: "[private]",
    you: "you",
    botTag: "[bot]",
  },

  notice: {
    welcome: (nickname, online) => `${nickname} joined${online === null ? "" : `, ${online} online`}`,
    welcomeHint: ". Type to talk to everyone, /help for commands",
    joined: (names) => `${andOthers(names)} joined`,
    left: (names) => `${andOthers(names)} left`,
    resumed: (missed) => (missed ? "back online" : "back online, nothing missed"),
    storeReplaced: "the server was restarted; earlier messages were not kept",
    logWentBack: "the server lost its latest messages; continuing from here",
    ignoring: "Ignoring group chat: only private messages and notices. /i to undo",
    ignoringEnded: (skipped) =>
      skipped === null
        ? "Group chat is back"
        : `Group chat is back; ${count(skipped, "message was", "messages were")} skipped`,
    away: (nickname, ms) =>
      `${nickname} is away: delivered ${ms > 0 ? `if back within ${duration(ms)}` : "if back in time"}`,
    stored: (nickname) => `${nickname} is not here: will be delivered when ${nickname} is back`,
    goodbye: {
      SHUTTING_DOWN: "the server is shutting down",
      LOGGED_OUT: "logged out elsewhere",
      TOO_SLOW: "reading too slowly; the server closed the connection",
      SESSION_EXPIRED: "the session has expired",
      REPLACED: "another client of this session took the place of this one",
      REMOVED: "a moderator removed you from the room; you may come back",
      BANNED: "a moderator banned you from the room; to object, quote the id of the ban to one",
      UNKNOWN: "the server closed the connection",
    },
  },

  rule: {
    before: (n) =>
      n === 1
        ? "the message above is from before you joined"
        : `the ${n} messages above are from before you joined`,
    offline: (ms, n) =>
      n === null
        ? `offline ${duration(ms)}, missed messages follow`
        : `offline ${duration(ms)}, ${count(n, "missed message", "missed messages")}`,
    whileAway: (n) =>
      n === null
        ? "while you were away, messages follow"
        : `while you were away: ${count(n, "message", "messages")}`,
    history: (n, older) =>
      older ? count(n, "earlier event", "earlier events") : `history: latest ${count(n, "event", "events")}`,
    found: (text, n, older) => {
      if (n === 0) return older ? `nothing older with "${text}"` : `nothing found with "${text}"`;
      return `${older ? "older: " : ""}${count(n, "message", "messages")} with "${text}"`;
    },
    foundEnd: (atStart) => (atStart ? "all that is kept was searched" : "/find again goes further back"),
    historyEnd: (atStart) =>
      atStart ? "end of history; nothing older is kept" : "end of history; /history again goes further back",
    readUpTo: "you read up to here",
    trimmed: (ms) =>
      `${ms === null ? "while you were away" : `offline ${duration(ms)}`}, only recent messages are kept, older ones are gone`,
  },

  users: {
    heading: (total) => (total === 0 ? "no one is online" : `${total} online:`),
    self: "you",
    more: (n) => `and ${n} more`,
    facts: (facts) => facts.join(", "),
    owner: "owner",
    moderator: "moderator",
    registered: "registered",
    bot: "bot",
    ignored: "ignored",
  },

  help: {
    text: { usage: "text", summary: "send to everyone" },
    private: { usage: "@name text", summary: "private message, e.g. @alice hello" },
    ls: { usage: "/ls", summary: "who is online" },
    ignore: { usage: "/i", summary: "ignore / show group chat (toggle)" },
    reply: { usage: "/reply text", summary: "reply to the last private message" },
    history: { usage: "/history [N]", summary: "the last N events (default 20); again for older ones" },
    find: { usage: "/find [text]", summary: "find in past messages; without text: further back" },
    quote: { usage: "/quote [@name] text", summary: "reply to the last message, or to theirs, where it was" },
    edit: { usage: "/edit text", summary: "change your last message to this" },
    register: {
      usage: "/register [secret]",
      summary: "make your nickname your own, by a secret",
    },
    unregister: { usage: "/unregister", summary: "give your registered nickname up" },
    redact: {
      usage: "/redact [N | @name]",
      summary: "erase your last or Nth last message; @name: theirs",
    },
    kick: { usage: "/kick name [reason]", summary: "remove from the room; may come back" },
    ban: { usage: "/ban name [1h] [reason]", summary: "keep out; also an address or a network" },
    bans: { usage: "/bans", summary: "the bans in force" },
    unban: { usage: "/unban id", summary: "lift a ban" },
    mute: { usage: "/mute name 10m [reason]", summary: "let read only; 0 ends it" },
    erase: { usage: "/erase name [10m]", summary: "erase what they sent lately (default 10 min)" },
    announce: { usage: "/announce text", summary: "send to all, also those who ignore group chat" },
    invite: {
      usage: "/invite [logins] [7d]",
      summary: "issue an invite (default 1 login, 7 d; 0: any number)",
    },
    close: { usage: "/close [10m]", summary: "keep guests out for a time (default 10 min; 0 opens)" },
    ignorePerson: { usage: "/ignore [name]", summary: "hide a person; without a name, who is hidden" },
    showPerson: { usage: "/unignore name", summary: "show a person again" },
    reconnect: { usage: "/reconnect", summary: "connect now" },
    clear: { usage: "/clear", summary: "clear the screen" },
    help: { usage: "/help [keys]", summary: "this help; the keys; a command" },
    quit: { usage: "/quit or Ctrl-D", summary: "leave" },
    footer:
      "Anything else starting with / is never sent. /say sends any text as it is, to everyone; /msg name text is @name text.",
  },

  forms: { msg: "/msg name text", query: "/query name", say: "/say text" },
  habits: {
    room: "A server is one room: /quit, then parlance --server ADDRESS",
    nickname: "A nickname is chosen when you log in: /quit, then parlance -n NAME",
    action: "There are no actions: describe it in words",
    away: "You are away when you /quit. A registered nickname (/register) gets its private messages when it is back",
    roles: "Roles and the room's settings are the operator's: parlance-server moderate",
    whois: "/ls shows who is registered, a moderator or a bot",
    identify:
      "The client logs in with the secret it keeps, or asks for it; /register makes your nickname your own",
    search: "/find TEXT finds in past messages, /history reads further back",
    raw: "/help lists what there is, the config file has bindings and aliases",
  },

  status: {
    connecting: "connecting",
    connected: "connected",
    online: (n) => `${n} online`,
    ignoring: "ignoring group chat",
    pending: (n) => `${n} pending`,
    reconnecting: "reconnecting",
    attempt: (attempt) => `attempt ${attempt}`,
    disconnected: "disconnected",
  },

  pending: {
    place: (place, total) => `${place}/${total}`,
    waiting: (ms) => ` (rate limit, ${Math.ceil(ms / 1000)} s)`,
    unconfirmed: " (not confirmed yet)",
    held: " (not sent)",
  },
};
