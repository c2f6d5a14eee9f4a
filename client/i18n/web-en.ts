import type { PageOnlyWords, WebWords } from "./web-zh-CN.js";

export const webEn: WebWords = {
  room: "Chat room",
  about: "One room in which people and programs talk",
  messages: "Messages",
  message: "Message",
  placeholder: "Message, @name text or /help",
  send: "Send",
  toOne: (nickname) => `Private to ${nickname}`,
  privateMessage: "private",
  leave: "Leave",
  ignore: "Ignore group",
  endIgnore: "Show group",
  retry: "Retry now",
  reconnect: "Connect here",
  suggestions: "Completions",
  newMessages: (count) => (count === 0 ? "Latest" : `${count} new`),
  start: "The log starts here",
  language: "中文",
  noFiles: "files cannot be sent here",
  signedOut: "Sign in to this site to talk here",
  signInAgain:
    "Your sign-in to this site is not accepted here; it may have expired. Sign in again, or reload",
  outdated:
    "This part of the page cannot be loaded: the server is away, or has a newer page. Try again, or reload",
  cancel: "Cancel",
  close: "Close",

  entering: {
    nickname: "Nickname",
    secret: "Secret",
    invite: "Invite or passphrase",
    inviteHint: "Not needed for a registered nickname",
    enter: "Enter",
    busy: "Entering...",
    useSuggestion: (nickname) => `Use ${nickname}`,
    isRegistered: "I have registered this nickname",
    registeredOnly: "This room is for registered nicknames",
    closed: (time) => `Guests cannot enter now, try again in ${time}; registered nicknames can`,
    external: "You enter through the application that this room belongs to; there is nothing to type here",
    notStored: "This browser stores nothing: after a reload you have to enter again",
  },

  marks: {
    registered: "registered nickname",
    bot: "bot",
    edited: "edited",
    erased: "This message was erased",
  },

  menu: {
    ofMessage: (nickname) => `Message of ${nickname}: actions`,
    ofPerson: (nickname) => `Actions on ${nickname}`,
    own: "My menu",
    more: "Actions",
    reply: "Reply",
    edit: "Edit",
    redact: "Erase this message",
    address: "Private message",
    ignorePerson: "Ignore",
    showPerson: "Show again",
    mute: "Mute...",
    kick: "Remove from the room...",
    ban: "Ban...",
    erase: "Erase their latest messages...",
    register: "Register this nickname...",
    unregister: "Give the nickname up...",
    invite: "Issue an invite...",
    bans: "Bans in force",
  },

  replyingTo: (nickname, text) => `Reply to ${nickname}: ${text}`,
  editing: (text) => `Edit: ${text}`,
  notAbout: "No reply",
  notEdit: "Do not edit",

  pending: {
    heading: "Waiting to be sent",
    edit: "Edit",
    cancel: "Cancel",
  },

  find: {
    open: "Search",
    label: "Find in past messages",
    submit: "Find",
    busy: "Searching...",
    results: "Messages found",
    more: "Search further back",
    none: (text) => `Nothing found with "${text}"`,
    noneYet: (text) => `Nothing recent with "${text}"`,
    all: "All that is kept was searched",
    gone: "That message is no longer kept",
  },
};

export const pageEn: PageOnlyWords = {
  rule: "1-24 columns, Chinese takes 2; letters, digits, Chinese, _ and -",
  quit: { usage: "/quit", summary: "Leave" },
  cannotReach:
    "The room cannot be reached; the network or the server may be at fault. Please try again later",
  nicknameRegistered: (nickname, suggestion) =>
    `"${nickname}" is registered. If it is yours, enter its secret; if not, ${suggestion ? `try ${suggestion}` : "pick another"}`,
  secretWrong: (nickname) =>
    `That is not the secret of "${nickname}". If it is lost, an owner of the room can issue another`,
  inviteNeeded: (given) =>
    given
      ? "That invite or passphrase is not valid: wrong, used up, expired or revoked. Ask a moderator for another"
      : "This room asks for an invite or its passphrase. Ask a moderator for one",
  secretChosen: (nickname) =>
    `${nickname} has the secret that you chose. This page does not store it: you enter with it`,
};
