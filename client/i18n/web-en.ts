import type { PageOnlyWords, WebWords } from "./web-zh-CN.js";

export const webEn: WebWords = {
  room: "Chat room",
  about: "One room in which people and programs talk",
  nickname: "Nickname",
  enter: "Enter",
  entering: "Entering...",
  useSuggestion: (nickname) => `Use ${nickname}`,
  messages: "Messages",
  message: "Message",
  placeholder: "Say something; @name for a private message, / for commands",
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
  notStored: "This browser stores nothing: after a reload you have to enter again",
  outdated: "This page is out of date: reload it to see what belongs here",
  needsScript:
    "This page needs JavaScript. A terminal works, too: parlance --server followed by this page's address",
};

export const pageEn: PageOnlyWords = {
  rule: "1-24 columns, Chinese takes 2; letters, digits, Chinese, _ and -",
  quit: { usage: "/quit", summary: "Leave" },
  cannotReach:
    "The room cannot be reached; the network or the server may be at fault. Please try again later",
};
