import { expect, test } from "vitest";
import type { SpokenLine } from "../../chat/line.js";
import { messageActions, ownActions, personActions, type Standing } from "./items.js";

const guest: Standing = {
  ...{ commands: ["quote", "edit", "redact", "register"], isOnline: true, registered: false },
};
const moderator: Standing = {
  commands: [...guest.commands, "unregister", "kick", "ban", "bans", "mute", "erase", "invite"],
  ...{ isOnline: true, registered: true },
};
const member = {
  ...({ registered: false, role: "MEMBER", bot: false } as const),
  ...{ isSelf: false, isHere: true, isIgnored: false, isBelow: false },
};

test("a menu on a name offers what the reader may do to that person", () => {
  const harsh = ["mute", "kick", "ban", "erase"];
  expect(personActions(member, guest)).toEqual(["address", "ignorePerson"]);
  expect(personActions({ ...member, isIgnored: true }, guest)).toEqual(["address", "showPerson"]);
  expect(personActions({ ...member, isBelow: true }, moderator)).toEqual([
    "address",
    "ignorePerson",
    ...harsh,
  ]);
  expect(personActions(member, moderator)).toEqual(["address", "ignorePerson"]);
  expect(personActions({ ...member, isSelf: true }, moderator)).toEqual([]);
});

test("who has left can be banned and its messages erased, and without a connection nothing of it", () => {
  const gone = { ...member, isBelow: true, isHere: false };
  expect(personActions(gone, moderator)).toEqual(["address", "ignorePerson", "ban", "erase"]);
  expect(personActions(gone, { ...moderator, isOnline: false })).toEqual(["address", "ignorePerson"]);
});

const message: SpokenLine = {
  ...{ kind: "message", at: 0, id: "1", senderId: "a", sender: "ada", text: "hi" },
  ...{ registered: false, bot: false, own: false, live: true },
};
const sent: SpokenLine = {
  ...{ kind: "private", at: 0, id: "2", senderId: "a", sender: "ada", recipient: "bob", text: "psst" },
  ...{ registered: false, bot: false, direction: "out", live: true },
};

test("a menu on a message offers a reply, and for one's own another text", () => {
  expect(messageActions(message, guest)).toEqual(["reply"]);
  expect(messageActions({ ...message, own: true }, guest)).toEqual(["edit", "redact"]);
  expect(messageActions(sent, guest)).toEqual(["edit", "redact"]);
  expect(messageActions(message, moderator)).toEqual(["reply", "redact"]);
});

test("nothing is offered for what was erased or cannot be named, nor what the server does not have", () => {
  const { id: _, ...unnamed } = message;
  expect(messageActions({ ...message, erased: true }, moderator)).toEqual([]);
  expect(messageActions(unnamed, moderator)).toEqual([]);
  expect(messageActions({ ...message, own: true }, { ...guest, commands: [] })).toEqual([]);
  expect(messageActions({ ...message, own: true }, { ...guest, isOnline: false })).toEqual(["edit"]);
});

test("the reader's own menu goes by registration and role", () => {
  expect(ownActions(guest)).toEqual(["register"]);
  expect(ownActions(moderator)).toEqual(["unregister", "invite", "bans"]);
  expect(ownActions({ ...guest, isOnline: false })).toEqual([]);
});
