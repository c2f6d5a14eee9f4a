import type { DialogWords, NotifyWords } from "./dialogs-zh-CN.js";

export const dialogsEn: DialogWords = {
  redact: (nickname) =>
    nickname === null ? "Erase this message of yours?" : `Erase this message of ${nickname}?`,
  redactHint: "It is erased for everyone and for good",
  redactDo: "Erase",
  mute: (nickname) => `Mute ${nickname}?`,
  muteDo: "Mute",
  kick: (nickname) => `Remove ${nickname} from the room?`,
  kickHint: "They may come back",
  kickDo: "Remove",
  ban: (nickname) => `Ban ${nickname} from the room?`,
  banDo: "Ban",
  erase: (nickname) => `Erase the latest messages of ${nickname}?`,
  eraseHint: "Group and private messages are erased, for everyone and for good",
  eraseDo: "Erase",
  forTime: "For how long",
  since: "Of the last",
  endless: "for ever",
  unmute: "not any more: let them speak",
  reason: "Reason (optional; they can read it)",
  register: (nickname) => `Make ${nickname} your nickname`,
  registerHint: "Only its secret then admits to it, and no one else can take it while you are away",
  chosen: "A secret of your choice (leave it empty and the server makes one, which is safer)",
  registerDo: "Register",
  secretMade: (nickname) => `Secret of ${nickname}`,
  secretHint:
    "Note it down now, or store it in your password manager. It is not shown again, and this page does not store it",
  copy: "Copy",
  copied: "Copied",
  secretKept: "I have it",
  unregister: (nickname) => `Give ${nickname} up?`,
  unregisterHint: "Others can register it then; its role and stored private messages go with it",
  unregisterDo: "Give it up",
  invite: "Issue an invite",
  uses: "Number of logins",
  usesOf: (count) => (count === 0 ? "any number" : `${count}`),
  inviteDo: "Issue",
};

export const notifyEn: NotifyWords = {
  open: "Notifications...",
  label: "What notifies me",
  levels: {
    off: "Nothing",
    private: "Private messages",
    mention: "Private messages and mentions of me",
    all: "All messages",
  },
  insecure: "This page is open over http: browsers allow notifications over https alone",
  unsupported: "This browser has no notifications",
  refused: "This browser refuses notifications of this page; its settings for this site can allow them",
};
