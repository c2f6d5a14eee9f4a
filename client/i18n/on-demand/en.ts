import type { Kept } from "../../chat/line.js";
import { count, duration } from "../core-en.js";
import { moderationEn } from "./moderation-en.js";
import type { OnDemandWords } from "./zh-CN.js";

const inInput = (kept: Kept) =>
  kept === "input"
    ? " (your line is still in the input)"
    : kept === "held"
      ? " (press Up to get your line back)"
      : "";

const confirm = (kept: Kept, what: string) =>
  kept === "input"
    ? `. Enter again ${what}`
    : kept === "held"
      ? `. Up, then Enter ${what}`
      : `. The same line again ${what}`;

const sendAgain = (kept: Kept) => (kept === "none" ? "" : confirm(kept, "sends it to them"));

const cause = (code: string, message: string): string => {
  if (code === "ECONNREFUSED") return "connection refused";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `no such host (${code})`;
  if (code === "ETIMEDOUT") return `timed out (${code})`;
  if (code === "ECONNRESET") return `the connection was closed without a response (${code})`;
  return code ? `${message} (${code})` : message;
};

export const onDemandEn: OnDemandWords = {
  notice: {
    personIgnored: (nickname, registered) =>
      `ignoring ${nickname}${registered ? "" : " until they leave"}. /unignore ${nickname} to undo`,
    personShown: (nickname) => `${nickname} is shown again`,
    ignoredPeople: (names) =>
      names.length === 0 ? "you ignore no one" : `you ignore ${names.join(", ")}. /unignore name to undo`,
    secretMade: (nickname, secret) => `secret of ${nickname}: ${secret}`,
    secretKept:
      "It is stored in credentials.json: this machine logs in with it by itself. Note it down for other devices, it is not shown again",
    secretNotKept: "It could not be stored on this machine: note it down now, it is not shown again",
    secretElsewhere: (nickname) =>
      `the secret of ${nickname} is stored in credentials.json of this machine, and not shown here`,
    secretChosen: (nickname) =>
      `${nickname} has the secret that you chose. It is not stored on this machine: you log in with it`,
    edited: (nickname, isPrivate, text) =>
      `${nickname ?? "you"} changed ${isPrivate ? "a private message" : "this"} to: ${text}`,
    quotedUnknown: "an earlier message",
    redacting: (message) => `erasing ${message}`,
    invite: (code, uses, ms) =>
      `invite ${code} (${uses === 0 ? "any number of logins" : count(uses, "login", "logins")}, for ${duration(ms)}); it is not shown again`,
    undelivered: (nickname, n) =>
      `${count(n, "private message", "private messages")} to ${nickname} ${n === 1 ? "was" : "were"} not delivered`,
    moreUndelivered: (n) => `and ${n} more`,
    linesSkipped: (n) => `the terminal is too slow; ${count(n, "line was", "lines were")} dropped here`,
  },

  problem: {
    connectionLost: "connection lost, reconnecting; what you type is sent when it is back",
    connectionLostInPipe: "connection lost, reconnecting",
    unknownCommand: (typed, suggestion) =>
      `No command ${typed}; nothing was sent. ${suggestion ? `Did you mean ${suggestion}?` : "/help lists them"}`,
    looksLike: (like, meant) =>
      like === "command"
        ? `Not sent: this looks like ${meant}. Type it like that, or send it as it is with /say`
        : `Not sent: this looks like a message for ${meant} alone. Type it like that, or send it to everyone with /say`,
    noSuchHere: (typed) => `No ${typed} here; nothing was sent. `,
    noHelp: (topic) => `No help on "${topic}". /help lists the commands, /help keys the keys`,
    takesNothing: (command) => `${command} takes no argument; nothing was sent`,
    noSuchUser: (nickname, suggestion) =>
      `No user named "${nickname}"; private message not sent. ${suggestion ? `Online: "${suggestion}"` : "/ls lists who is online"}`,
    anotherPerson: (nickname, kept) => `"${nickname}" is another person now; not sent${sendAgain(kept)}`,
    joinedSince: (nickname, kept) => `"${nickname}" joined only now; not sent${sendAgain(kept)}`,
    spaceMissing: (nickname) =>
      `"${nickname}" is not online. For a private message put a space after the name`,
    nothingToSend: (behind) => `Nothing after "${behind}"; not sent`,
    nobodyToReplyTo: "No private messages yet; not sent",
    badCount: (command, max) => `${command} takes a number from 1 to ${max}; nothing was sent`,
    nothingSearched: "Nothing was searched for yet: type /find and a text",
    badArguments: (usage) => `Type it like this: ${usage}. Nothing was done`,
    confirmQuote: (message, kept) =>
      `Not sent: it would go to everyone, as a reply to ${message}, and someone has written to you privately${confirm(kept, "sends it to everyone")}`,
    confirmRedact: (message, kept) =>
      `This erases ${message}, for everyone and for good${confirm(kept, "erases it")}`,
    confirmBan: (network, kept) =>
      `${network} is a wide network: it keeps out all guests and registered nicknames in it${confirm(kept, "bans it")}`,
    confirmUnregister: (nickname, kept) =>
      `${nickname} will no longer be yours; its role and stored private messages go with it${confirm(kept, "gives it up")}`,
    meant: (nickname, time, text) =>
      `${nickname === null ? "your message" : `the message of ${nickname}`} of ${time}: "${text}"`,
    nothingToRedact: (nickname) =>
      nickname === null
        ? "No such message of yours here. /redact means your last one, /redact 2 the one before"
        : `No message of "${nickname}" here`,
    nothingToEdit: "No message of yours here that could be edited",
    nothingToQuote: (nickname) =>
      nickname === null
        ? "No one else has said anything here that could be quoted"
        : `Nothing that "${nickname}" said here could be quoted`,
    messageGone: "That message is no longer kept; nothing was done",
    noSuchPerson: (nickname) =>
      `No one named "${nickname}" was found; nothing was done. /ls lists who is online`,
    ignoresSelf: "You cannot ignore yourself",
    notIgnored: (nickname) => `You do not ignore "${nickname}". /ignore lists whom you do`,
    anotherTarget: (nickname, kept) =>
      `"${nickname}" is another person now; nothing was done${confirm(kept, "does it to them")}`,
    noSuchBan: (id) => `There is no ban "${id}". /bans lists those in force`,
    notOffered: (command) => `This server does not have ${command}`,
    notAllowed: (message, kept) => `Not allowed: ${message}${inInput(kept)}. /ls shows who moderates`,
    muted: (ms, kept) =>
      `You are muted${ms === null ? "" : ` for ${duration(ms)} more`}; not sent${inInput(kept)}. Moderators still receive private messages; /ls shows them`,
    registeredOnly: (message, kept) =>
      `Not sent: ${message}${inInput(kept)}. /register makes your nickname one`,
    noHistory: "This server has no history",
    rateLimited: (ms, kept) =>
      `Too fast, try again in ${Math.max(1, Math.ceil(ms / 1000))} s${inInput(kept)}`,
    textTooLong: (excess, kept) => `Too long: ${excess}; not sent${inInput(kept)}`,
    ignoring: (kept) => `You are ignoring group chat; not sent${inInput(kept)}. /i to undo`,
    notSent: (message, kept) => `Not sent: ${message}${inInput(kept)}`,
    notConfirmed: (kept) =>
      `The connection ended before the server confirmed this line; look above whether it arrived${inInput(kept)}`,
    leftBehind: (text) => `Left before the server confirmed this line: ${text}`,
    leftUnsent: (text) => `Left before this line was sent: ${text}`,
    typedAtLogin: (kept) => `Typed during the login, and perhaps meant for it; not sent${inInput(kept)}`,
    cancelled: (n) =>
      `${count(n, "pending line", "pending lines")} cancelled; not sent, and among the previous inputs (Up)`,
    editorFailed: (editor, why) =>
      `${editor} failed (${why}); the input is as it was. Set VISUAL or EDITOR to another editor`,
    notUtf8:
      "Not sent: some of it was not UTF-8. Replace what is not a character, and check the terminal's encoding",
    editedNotUtf8: "it left a text that is not UTF-8",
    inputFull: (room) => `The input is full: it holds ${room} characters, the rest was left out`,
    refused: (message, kept) => `The server refused: ${message}${inInput(kept)}`,
    cannotReach: (server, code, message) =>
      `cannot reach ${server}: ${cause(code, message)}. Is the server running? Set it with --server or PARLANCE_SERVER`,
    proxy: ({ server, proxy, variable, status, code }) =>
      `cannot reach ${server} through the proxy ${proxy} (${variable}): ${status === 0 ? cause(code, "no tunnel") : `it returned HTTP ${status}`}. Check the proxy, or add the server to NO_PROXY`,
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
      `"${nickname}" is registered. If it is yours, give its secret (PARLANCE_SECRET); if not, ${suggestion ? `try ${suggestion}` : "pick another"}`,
    secretWrong: (nickname) =>
      `That is not the secret of "${nickname}". Check it, or PARLANCE_SECRET; if it is lost, an owner of the room can issue another`,
    inviteNeeded: (given) =>
      given
        ? "That invite or passphrase is not valid: wrong, used up, expired or revoked. Ask a moderator for another"
        : "This room asks for an invite or its passphrase: --invite or PARLANCE_INVITE. Ask a moderator for one",
    externalOnly: "This room is entered through the application that it belongs to, not by logging in here",
    guestsRefused: (ms) =>
      ms === null
        ? "This room is for registered nicknames. If you have one, log in with it"
        : `This room is closed to guests for ${duration(ms)} more. Try again then, or log in with a registered nickname`,
    banned: (message, reference) =>
      `${message}${reference === "" ? "" : `. To object, quote ${reference} to a moderator`}`,
    nicknameInvalid: (message) => message,
    sessionLost: (nickname) => `the session ended, and "${nickname}" is now used by someone else`,
    badInput: (message) => `invalid line: ${message}`,
  },

  bans: {
    none: "no bans in force",
    heading: (n) => `${count(n, "ban", "bans")}, lifted by /unban id:`,
    endless: "for ever",
    lasts: (ms) => `${duration(ms)} more`,
    by: (moderator) => `by ${moderator}`,
    byOperator: "by the operator",
  },

  search: (query, isFailed) => `(search${isFailed ? ": nothing older" : ""}) "${query}": `,

  keys: {
    submit: "send",
    newline: "line break",
    complete: "complete a name or command; the next one",
    "complete-backward": "the previous one",
    up: "row above, or previous input; on an empty input the pending lines, the last first",
    down: "row below, or next input or pending line",
    "previous-history": "previous input",
    "next-history": "next input",
    "search-history": "search in previous inputs",
    "backward-char": "one character left",
    "forward-char": "one character right",
    "backward-word": "one word left",
    "forward-word": "one word right",
    "beginning-of-line": "start of the row",
    "end-of-line": "end of the row",
    "backward-delete-char": "delete to the left",
    "delete-char": "delete to the right",
    "backward-kill-word": "cut the word before",
    "kill-word": "cut the word behind",
    "backward-kill-line": "cut to the start of the row",
    "kill-line": "cut to the end of the row",
    yank: "paste what was cut; cuts in a row are one",
    undo: "undo",
    "transpose-chars": "swap two characters",
    "edit-in-editor": "edit in $VISUAL or $EDITOR",
    redraw: "redraw the input",
    reconnect: "connect now",
    interrupt: "clear the input; cancel what is pending; twice: leave",
    "delete-or-leave": "delete to the right; on an empty input leave",
    abort: "leave a search; on an empty input cancel the last pending line",
  },

  textExcess: (n, limit, unit) => `${n} ${unit} (${n - limit} too many)`,

  textSize: (bytes, lines) => `${count(lines, "line", "lines")}, ${count(bytes, "byte", "bytes")}`,

  promptIgnoring: "(ignoring)",

  moderation: moderationEn,

  hints: {
    loggingIn: "logging in",
    finishFirst: "the login waits: finish this line first",
    pending: "Up edits, Esc cancels",
    taken: "Enter puts it back, ^C cancels, Up: the one before",
    retryIn: (ms) => (ms > 0 ? `next in ${Math.ceil(ms / 1000)} s` : "connecting"),
    help: "/help",
    ignoring: "/i to show",
    retry: "/reconnect now",
    reconnect: "/reconnect",
    leave: "Ctrl-C again to leave",
    search: "Enter takes it, ^R older, Esc back",
    refused: "unsent: typing replaces, arrows edit",
    next: "Tab next",
  },

  asks: {
    server: (url) => `Server ${url} (Ctrl-C to leave)`,
    prompt: "nick> ",
    secretHint: (nickname) =>
      `Secret of ${nickname} (not shown while you type; Enter alone picks another nickname)`,
    secretPrompt: "secret> ",
    inviteHint: "Invite or passphrase of the room (Enter alone picks another nickname)",
    invitePrompt: "invite> ",
  },
};
