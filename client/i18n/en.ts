import type { Kept } from "../chat/line.js";
import { cliEn } from "./cli-en.js";
import { moderationEn } from "./moderation-en.js";
import type { Catalog } from "./zh-CN.js";

let plurals: Intl.PluralRules | undefined;
const count = (n: number, one: string, other: string) => {
  plurals ??= new Intl.PluralRules("en");
  return `${n} ${plurals.select(n) === "one" ? one : other}`;
};

const inInput = (kept: Kept) =>
  kept === "input"
    ? " (your line is still in the input)"
    : kept === "history"
      ? " (press Up to get your line back)"
      : "";

const sendAgain = (kept: Kept) => (kept === "input" ? ". Enter again sends it to them" : inInput(kept));

const duration = (ms: number): string => {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
};

const andOthers = (names: readonly string[]) =>
  names.length === 1 ? `${names[0]}` : `${names[0]} and ${count(names.length - 1, "other", "others")}`;

const cause = (code: string, message: string): string => {
  if (code === "ECONNREFUSED") return "connection refused";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `no such host (${code})`;
  if (code === "ETIMEDOUT") return `timed out (${code})`;
  if (code === "ECONNRESET") return `the connection was closed without a response (${code})`;
  return code ? `${message} (${code})` : message;
};

export const en: Catalog = {
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
    server: (url) => `Server ${url} (Ctrl-C to leave)`,
    rule: "Pick a nickname (1-24 columns, Chinese takes 2; letters, digits, Chinese, _, -)",
    prompt: "nick> ",
  },

  spoken: {
    privateTag: "[private]",
    you: "you",
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
    undelivered: (nickname, n) =>
      `${count(n, "private message", "private messages")} to ${nickname} ${n === 1 ? "was" : "were"} not delivered`,
    moreUndelivered: (n) => `and ${n} more`,
    linesSkipped: (n) => `the terminal is too slow; ${count(n, "line was", "lines were")} dropped here`,
    goodbye: {
      SHUTTING_DOWN: "the server is shutting down",
      LOGGED_OUT: "logged out elsewhere",
      TOO_SLOW: "reading too slowly; the server closed the connection",
      SESSION_EXPIRED: "the session has expired",
      REPLACED: "another client of this session took the place of this one",
      REMOVED: "a moderator removed you from the room",
      BANNED: "a moderator banned you from the room",
      UNKNOWN: "the server closed the connection",
    },
  },

  rule: {
    before: (n) => `${count(n, "message", "messages")} from before you joined`,
    offline: (ms, n) =>
      n === null
        ? `offline ${duration(ms)}, missed messages follow`
        : `offline ${duration(ms)}, ${count(n, "missed message", "missed messages")}`,
    history: (n, older) =>
      older ? count(n, "earlier event", "earlier events") : `history: latest ${count(n, "event", "events")}`,
    historyEnd: (atStart) =>
      atStart ? "end of history; nothing older is kept" : "end of history; /history again goes further back",
    trimmed: (ms) => `offline ${duration(ms)}, only recent messages are kept, older ones are gone`,
  },

  problem: {
    connectionLost: "connection lost, reconnecting; keep typing, nothing is sent until then",
    unknownCommand: (typed, suggestion) =>
      `No command ${typed}; nothing was sent. ${suggestion ? `Did you mean ${suggestion} ?` : "/help lists them"}`,
    takesNothing: (command) => `${command} takes no argument; nothing was sent`,
    noSuchUser: (nickname, suggestion) =>
      `No user named "${nickname}"; private message not sent. ${suggestion ? `Online: "${suggestion}"` : "/ls lists who is online"}`,
    anotherPerson: (nickname, kept) => `"${nickname}" is another person now; not sent${sendAgain(kept)}`,
    joinedSince: (nickname, kept) => `"${nickname}" joined only now; not sent${sendAgain(kept)}`,
    spaceMissing: (nickname) =>
      `"${nickname}" is not online. For a private message put a space after the name`,
    nothingToSend: (nickname) => `Nothing after "@${nickname}"; not sent`,
    nobodyToReplyTo: "No private messages yet; not sent",
    badCount: (command, max) => `${command} takes a number from 1 to ${max}; nothing was sent`,
    noHistory: "This server has no history",
    rateLimited: (ms, kept) =>
      `Too fast, try again in ${Math.max(1, Math.ceil(ms / 1000))} s${inInput(kept)}`,
    textTooLong: (maxBytes, maxLines, kept) =>
      `Too long (${maxBytes} bytes, ${maxLines} lines at most); not sent${inInput(kept)}`,
    ignoring: (kept) => `You are ignoring group chat; not sent${inInput(kept)}. /i to undo`,
    offline: (kept) => `Not connected yet; not sent${inInput(kept)}`,
    disconnected: (kept) => `Disconnected; not sent${inInput(kept)}. Ctrl-R to connect`,
    notSent: (message, kept) => `Not sent: ${message}${inInput(kept)}`,
    leftBehind: (text) => `Left before the server confirmed this line: ${text}`,
    refused: (message, kept) => `The server refused: ${message}${inInput(kept)}`,
    cannotReach: (server, code, message) =>
      `cannot reach ${server}: ${cause(code, message)}. Is the server running? Set it with --server or PARLANCE_SERVER`,
    certificate: {
      untrusted: (server, why) => `cannot trust ${server}: ${why}`,
      unknown_issuer:
        "its certificate is from an authority that this machine does not know. If it is your own, name its certificate with --ca FILE or NODE_EXTRA_CA_CERTS",
      self_signed:
        "its certificate is self-signed. If it is your own, name the certificate with --ca FILE or NODE_EXTRA_CA_CERTS",
      expired: "its certificate has expired. Renew it on the server, or correct the clock of this machine",
      not_yet_valid: "its certificate is not valid yet. Check the clocks of this machine and of the server",
      wrong_host: (host, names) =>
        `its certificate is not for ${host}${names ? ` but for ${names}. Use one of these in --server` : ""}`,
    },
    wrongScheme: (server, isTls, use) =>
      `cannot reach ${server}: this port ${isTls ? "speaks TLS" : "is cleartext, without TLS"}. Use --server ${use}`,
    notParlance: {
      noHttp: (server) =>
        `${server} is not a Parlance server, nor does it speak HTTP. Check the address and port of --server`,
      redirect: (server, status, location) =>
        `${server} is not a Parlance server: it redirects to ${location} (HTTP ${status}). If the room is there, set --server to it`,
      response: (server, status, details) =>
        `${server} is not a Parlance server: it returned HTTP ${status}${details ? ` (${details})` : ""}. Check the address, port and path of --server`,
    },
    heldBack: (server, ms, software) =>
      `${server} takes calls, but nothing arrived on the feed within ${duration(ms)}: ${software ? `a proxy (${software})` : "a proxy or firewall in between"} holds the stream back. It must not buffer responses, see docs/operating.md`,
    badToken:
      "the token in PARLANCE_TOKEN is not valid: the server does not know it, or its session has ended",
    nicknameSpace: "No spaces in nicknames",
    nicknameStart: "Nicknames cannot start with @ or /",
    nicknameTaken: (nickname, suggestion) =>
      `"${nickname}" is taken, ${suggestion ? `try ${suggestion}` : "pick another"}`,
    nicknameReserved: (nickname, suggestion) =>
      `"${nickname}" is reserved, ${suggestion ? `try ${suggestion}` : "pick another"}`,
    nicknameRegistered: (nickname, suggestion) =>
      `"${nickname}" is registered, ${suggestion ? `try ${suggestion}` : "pick another"}`,
    nicknameInvalid: (message) => message,
    sessionLost: (nickname) => `the session ended, and "${nickname}" is now used by someone else`,
    badInput: (message) => `invalid line: ${message}`,
  },

  users: {
    heading: (total) => (total === 0 ? "no one is online" : `${total} online:`),
    self: "you",
    more: (n) => `and ${n} more`,
  },

  help: {
    text: { usage: "text", summary: "send to everyone" },
    private: { usage: "@name text", summary: "private message, e.g. @alice hello" },
    ls: { usage: "/ls", summary: "who is online" },
    ignore: { usage: "/i", summary: "ignore / show group chat (toggle)" },
    reply: { usage: "/reply text", summary: "reply to the last private message" },
    history: { usage: "/history [N]", summary: "the last N events (default 20); again for older ones" },
    help: { usage: "/help", summary: "this help" },
    quit: { usage: "/quit or Ctrl-D", summary: "leave" },
    footer: [
      "Anything else starting with / is never sent. To send text that starts",
      "with / or @, type a space first.",
    ],
  },

  status: {
    connecting: "connecting",
    connected: "connected",
    online: (n) => `${n} online`,
    ignoring: "ignoring group chat",
    unconfirmed: (n) => `${n} not confirmed yet`,
    reconnecting: "reconnecting",
    attempt: (attempt) => `attempt ${attempt}`,
    retryIn: (ms) => (ms > 0 ? `next in ${Math.ceil(ms / 1000)} s` : "connecting"),
    helpHint: "/help",
    ignoringHint: "/i to show",
    disconnected: "disconnected",
    retryHint: "Ctrl-R retry now",
    reconnectHint: "Ctrl-R to connect",
    nextHint: "Tab next",
  },

  promptIgnoring: "(ignoring)",

  moderation: moderationEn,

  cli: cliEn,
};
