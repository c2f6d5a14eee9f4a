/** What menus do. None of this is needed before one opens. */
import type { Given } from "../../chat/input/arguments.js";
import type { Problem, SpokenLine } from "../../chat/line.js";
import type { Person } from "../../session/person.js";
import { sanitizeRow } from "../../text/sanitize.js";
import type { Calls, Status } from "../hub/messages.js";
import type { Subject } from "../input/composer.js";
import type { MenuWords } from "../words.js";
import { ask } from "./dialog.js";
import {
  isOwn,
  type MessageAction,
  messageActions,
  type OwnAction,
  ownActions,
  type PersonAction,
  personActions,
  type Standing,
} from "./items.js";
import { type MenuItem, openMenu } from "./menu.js";
import { askAbout, askInvite } from "./questions.js";
import { askToRegister, askToUnregister } from "./registering.js";

type In = Extract<Status, { phase: "in" }>;

/** The page, as far as menus need it. */
export interface Around {
  /** Becomes the parent of menus and dialogs. */
  readonly host: HTMLElement;
  readonly words: MenuWords;
  readonly status: In;
  readonly call: <Name extends "person" | "perform">(
    name: Name,
    ask: Calls[Name]["ask"],
  ) => Promise<Calls[Name]["reply"]>;
  /** Begins a private message. */
  readonly address: (nickname: string) => void;
  readonly reply: (subject: Subject) => void;
  readonly edit: (subject: Subject) => void;
  readonly show: (problem: Problem) => void;
}

/** A message with the text that it has now. */
export interface Pointed {
  readonly line: SpokenLine;
  readonly text: string;
}

const standingOf = ({ commands, registered, connection }: In): Standing => ({
  ...{ commands, registered, isOnline: connection.phase === "online" },
});

export async function openPersonMenu(anchor: HTMLElement, person: Person, page: Around): Promise<void> {
  const items = await personItems(person, page);
  const label = page.words.web.menu.ofPerson(sanitizeRow(person.nickname));
  if (items.length > 0) openMenu(page.host, anchor, label, items);
}

/** What can be done with a message, and with the person who sent it. */
export async function openMessageMenu(anchor: HTMLElement, pointed: Pointed, page: Around): Promise<void> {
  const { line } = pointed;
  const { menu } = page.words.web;
  const about = messageActions(line, standingOf(page.status)).map((action) => ({
    label: menu[action],
    isHarsh: action === "redact",
    run: () => void actOnMessage(action, pointed, page),
  }));
  const person = isOwn(line) ? [] : await personItems(senderOf(line), page);
  const items = [
    ...about,
    ...person.map((item, index) => ({ ...item, isFirst: index === 0 && about.length > 0 })),
  ];
  if (items.length > 0) openMenu(page.host, anchor, menu.ofMessage(sanitizeRow(line.sender)), items);
}

/** `more`: items of the page itself. */
export function openOwnMenu(anchor: HTMLElement, more: readonly MenuItem[], page: Around): void {
  const { menu } = page.words.web;
  const own = ownActions(standingOf(page.status)).map((action) => ({
    label: menu[action],
    isHarsh: action === "unregister",
    run: () => void actOnSelf(action, page),
  }));
  openMenu(page.host, anchor, menu.own, [...own, ...more]);
}

/** Does it, if it is offered. Returns whether it is. */
export function actByKey(action: MessageAction, pointed: Pointed, page: Around): boolean {
  const isOffered = messageActions(pointed.line, standingOf(page.status)).includes(action);
  if (isOffered) void actOnMessage(action, pointed, page);
  return isOffered;
}

export const senderOf = ({ sender, senderId = "" }: SpokenLine): Person => ({
  ...{ nickname: sender, id: senderId },
});

async function personItems(person: Person, page: Around): Promise<readonly MenuItem[]> {
  const facts = await page.call("person", person);
  const actions = facts ? personActions(facts, standingOf(page.status)) : [];
  return actions.map((action) => ({
    label: page.words.web.menu[action],
    isHarsh: action === "mute" || action === "kick" || action === "ban" || action === "erase",
    run: () => void actOnPerson(action, person, page),
  }));
}

async function actOnPerson(action: PersonAction, person: Person, page: Around): Promise<void> {
  const { nickname: name } = person;
  switch (action) {
    case "address":
      page.address(name);
      return;
    case "ignorePerson":
      return perform("ignore", { name }, person, page);
    case "showPerson":
      return perform("unignore", { name }, person, page);
    case "mute":
    case "kick":
    case "ban":
    case "erase": {
      const given = await askAbout(page.host, action, sanitizeRow(name), page.words);
      // Meant is the person whom the menu was opened on, under the nickname as it is.
      return given ? perform(action, { ...given, name }, person, page) : undefined;
    }
  }
}

async function actOnMessage(action: MessageAction, { line, text }: Pointed, page: Around): Promise<void> {
  const { id = "", sender } = line;
  const subject = { id, nickname: sender, text };
  switch (action) {
    case "reply":
      if (line.kind === "private") page.address(sender);
      page.reply({ ...subject, does: "reply" });
      return;
    case "edit":
      page.edit({ ...subject, does: "edit" });
      return;
    case "redact": {
      const { dialog, web } = page.words;
      const { cancel } = web;
      const filled = await ask(page.host, {
        title: dialog.redact(isOwn(line) ? null : sanitizeRow(sender)),
        hint: dialog.redactHint,
        does: dialog.redactDo,
        cancel,
        isHarsh: true,
      });
      return filled ? perform("redact", { id }, null, page) : undefined;
    }
  }
}

async function actOnSelf(action: OwnAction, page: Around): Promise<void> {
  const { host, words, status } = page;
  const nickname = sanitizeRow(status.self.nickname);
  switch (action) {
    case "register": {
      const secret = await askToRegister(host, nickname, words);
      return secret === null ? undefined : perform("register", { rest: secret }, null, page);
    }
    case "unregister":
      if (await askToUnregister(host, nickname, words)) return perform("unregister", {}, null, page);
      return;
    case "invite": {
      const given = await askInvite(host, words);
      return given ? perform("invite", given, null, page) : undefined;
    }
    case "bans":
      return perform("bans", {}, null, page);
  }
}

async function perform(command: string, given: Given, person: Person | null, page: Around): Promise<void> {
  const problem = await page.call("perform", { command, given, person });
  if (problem) page.show(problem);
}
