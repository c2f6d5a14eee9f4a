/**
 * The page: a room for people without a terminal. Its model, grammar and words are those of the terminal client; here they
 * become a document. `hub.ts` holds the session, in a SharedWorker; this file and the views show what the hub sends.
 */
import type { Problem } from "../chat/line.js";
import { sanitizeRow } from "../text/sanitize.js";
import { byId, element, setText } from "./dom.js";
import { LoginForm } from "./entering/login-form.js";
import type { Find } from "./find/find.js";
import type { Status, Update } from "./hub/messages.js";
import { HubClient, hubPort } from "./hub-client.js";
import { Composer, type Subject } from "./input/composer.js";
import { PendingRows } from "./input/pending.js";
import { Log } from "./log/log.js";
import type { Around } from "./menus/actions.js";
import type { MessageAction } from "./menus/items.js";
import type { MenuItem } from "./menus/menu.js";
import { StatusBar } from "./status-bar.js";
import { PageStorage } from "./stored.js";
import { pageLanguage, wordsOf } from "./words.js";

/** Under a proxy's path prefix the room is where the page is. */
const server = new URL(".", location.href).href.replace(/\/$/, "");
const storage = new PageStorage(server);
let words = await wordsOf(pageLanguage(storage.kept.language, navigator.languages));
let status: Status = {
  ...{ phase: "out", nickname: "", problem: null, question: "nickname", suggestion: null, busy: true },
  ...{ room: null, features: [] },
};
/** Messages that arrived while the page was out of sight. */
let unread = 0;

const hub = new HubClient(await hubPort(), receive);
const scroller = byId("div", "log");
const input = byId("textarea", "input");

const log = new Log({
  scroller,
  latest: byId("button", "latest"),
  context: () => ({ words, self: status.phase === "in" ? status.self.nickname : null }),
  loadOlder: (before) => hub.call("older", before),
  loadNewer: (after) => hub.call("newer", after),
  loadAround: (cursor) => hub.call("around", cursor),
  loadLatest: () => hub.call("latest", null),
});
const pending = new PendingRows({
  list: byId("ol", "pending"),
  words: () => words,
  edit: (id) => void takeBack(id),
  cancel: (id) => void hub.call("cancel", id),
});
const composer = new Composer({
  form: byId("form", "composer"),
  input,
  popup: byId("div", "popup"),
  follow: (text) => hub.call("follow", text),
  submit(text, about) {
    void log.toLatest();
    return hub.call("submit", { text, about });
  },
  complete: (text, cursor) => hub.call("complete", { text, cursor }),
  show: showProblem,
  showRecipient,
  showSubject,
  takePending: () => pending.takeLast(),
  toLog: () => scroller.focus(),
});
const login = new LoginForm({
  words: () => words,
  enter: (entering) => hub.send({ kind: "login", ...entering }),
});
const bar = new StatusBar({
  words: () => words,
  reconnect: () => hub.send({ kind: "reconnect" }),
  toggleIgnore,
  leave,
  search: () => void (byId("div", "found").hidden ? openSearch("") : closeSearch()),
  openMenu: (button) => void openOwnMenu(button),
});

/** Loaded when the reader searches for the first time. */
let search: Find | undefined;

function toggleIgnore(): void {
  void hub.call("submit", { text: "/i", about: null });
}

function leave(): void {
  hub.send({ kind: "leave" });
}

function showProblem(problem: Problem): void {
  void log.show({ kind: "problem", at: Date.now(), problem });
}

async function takeBack(id: number): Promise<void> {
  const taken = await hub.call("take", id);
  if (taken) composer.takeBack(taken.text, taken.about);
}

/** What menus need of the page; null outside the room. */
function around(): Around | null {
  if (status.phase === "out") return null;
  return {
    ...{ words, status, show: showProblem },
    call: (name, ask) => hub.call(name, ask),
    address: (nickname) => composer.address(nickname),
    reply: (subject) => composer.reply(subject),
    edit: (subject) => composer.edit(subject),
  };
}

async function openOwnMenu(button: HTMLElement): Promise<void> {
  const { openOwnMenu: open } = await import("./menus/actions.js");
  const page = around();
  if (!page || status.phase === "out") return;
  const { web } = words;
  const isOnline = status.connection.phase === "online";
  const ignore = { label: status.ignoring ? web.endIgnore : web.ignore, run: toggleIgnore };
  const more: MenuItem[] = [...(isOnline ? [ignore] : []), { label: web.leave, run: leave }];
  open(button, more, page);
}

/** Opens the menu of the name, or of the message, that a button in the log is for. */
async function openLogMenu(button: HTMLElement): Promise<void> {
  const { openMessageMenu, openPersonMenu } = await import("./menus/actions.js");
  const page = around();
  const message = button.matches(".more") ? log.messageAt(button) : null;
  const person = message ? null : log.personAt(button);
  if (page && message) await openMessageMenu(button, message, page);
  else if (page && person) await openPersonMenu(button, person, page);
}

async function actByKey(action: MessageAction, row: HTMLElement): Promise<void> {
  const { actByKey: act } = await import("./menus/actions.js");
  const page = around();
  const message = log.messageAt(row);
  if (!page || !message || act(action, message, page)) return;
  // Where there are no replies, a private message is the next best.
  const person = action === "reply" ? log.personAt(row) : null;
  if (person && person.id !== page.status.self.id) composer.address(person.nickname);
}

async function openSearch(text: string): Promise<void> {
  const { Find: Search } = await import("./find/find.js");
  search ??= new Search({
    panel: byId("div", "found"),
    words: () => words,
    find: (ask) => hub.call("find", ask),
    open: (found) => log.reveal(found),
    onClose: () => {
      byId("button", "search").setAttribute("aria-expanded", "false");
      input.focus();
    },
  });
  byId("button", "search").setAttribute("aria-expanded", "true");
  search.open(text);
}

function closeSearch(): void {
  search?.close();
}

async function showSecret({ nickname, secret }: Extract<Update, { kind: "secret" }>): Promise<void> {
  const { showSecret: show } = await import("./menus/registering.js");
  show(sanitizeRow(nickname), secret, words);
}

function open(): void {
  const { forms, habits, help, locale } = words;
  hub.send({
    kind: "open",
    server,
    words: { forms, habits, help, locale },
    stored: storage.kept.session ?? null,
    ignored: storage.kept.ignored ?? [],
  });
}

function receive(update: Exclude<Update, { kind: "reply" }>): void {
  switch (update.kind) {
    case "status":
      showStatus(update.status);
      return;
    case "batches":
      log.add(update.batches, update.fresh);
      if (!update.fresh) countUnread(update.batches.flatMap(({ lines }) => lines));
      return;
    case "stored":
      storage.keep({ session: update.stored });
      return;
    case "ignored":
      storage.keep({ ignored: update.ignored });
      return;
    case "erased":
      log.erase(update.ids);
      search?.erase(update.ids);
      composer.forget(update.ids);
      return;
    case "secret":
      void showSecret(update);
      return;
    case "search":
      void openSearch(update.text);
      return;
  }
}

function showStatus(next: Status): void {
  const entered = next.phase === "in" && status.phase === "out";
  status = next;
  const isIn = status.phase === "in";
  byId("section", "chat").hidden = !isIn;
  bar.show(status);
  login.show(status, storage.works);
  pending.show(status.phase === "in" ? status.pending : []);
  if (!isIn) document.querySelector("dialog")?.close();
  if (!isIn && search) closeSearch();
  showTitle();
  // By the reader's own action: the form that had the focus is gone.
  if (entered) {
    log.toLatest();
    input.focus();
  }
}

function showRecipient(nickname: string | null): void {
  const recipient = byId("p", "recipient");
  recipient.hidden = nickname === null;
  setText(recipient, nickname === null ? "" : words.web.toOne(nickname));
}

/** The message that the input replies to or changes, and a button to drop that. */
function showSubject(subject: Subject | null): void {
  const shown = byId("p", "subject");
  shown.hidden = subject === null;
  shown.replaceChildren();
  if (!subject) return;
  const { web } = words;
  const text = sanitizeRow(subject.text.normalize("NFC").replace(/\s+/g, " "));
  const isReply = subject.does === "reply";
  const label = isReply ? web.replyingTo(sanitizeRow(subject.nickname), text) : web.editing(text);
  const drop = element("button", { type: "button" }, isReply ? web.notAbout : web.notEdit);
  drop.addEventListener("click", () => composer.dropSubject());
  shown.append(element("span", { dir: "auto" }, label), drop);
}

function countUnread(lines: readonly { readonly kind: string }[]): void {
  if (!document.hidden) return;
  unread += lines.filter(
    (line) => (line.kind === "message" || line.kind === "private") && "live" in line && line.live,
  ).length;
  showTitle();
}

function showTitle(): void {
  const name = titleOf(status) || words.web.room;
  setText(byId("h1", "title"), name);
  document.title = unread > 0 ? `(${unread}) ${name}` : name;
}

function titleOf(of: Status): string {
  return sanitizeRow(of.phase === "in" ? of.title : (of.room?.title ?? ""));
}

/** Everything that does not depend on the status. */
function showWords(): void {
  const { web, locale } = words;
  document.documentElement.lang = locale;
  setText(byId("button", "language"), web.language);
  byId("button", "language").lang = locale === "en" ? "zh-CN" : "en";
  setText(byId("button", "send"), web.send);
  input.placeholder = web.placeholder;
  input.setAttribute("aria-label", web.message);
  scroller.setAttribute("aria-label", web.messages);
  byId("div", "popup").setAttribute("aria-label", web.suggestions);
  showTitle();
}

byId("button", "language").addEventListener("click", async () => {
  const language = words.locale === "en" ? "zh-CN" : "en";
  words = await wordsOf(language);
  storage.keep({ language });
  showWords();
  showStatus(status);
  log.redraw();
  pending.redraw();
  search?.redraw();
});

scroller.addEventListener("click", ({ target }) => {
  const button = (target as Element).closest<HTMLElement>("button.who-menu, button.more");
  if (button) void openLogMenu(button);
});

/** On a message that has the focus: Enter replies, e changes it, Delete erases it, m opens its menu. */
function onRowKey(key: string, row: HTMLElement): boolean {
  const action = ({ Enter: "reply", e: "edit", Delete: "redact" } as const)[key];
  if (action) void actByKey(action, row);
  const more = row.querySelector<HTMLElement>("button.more");
  const opensMenu = (key === "m" || key === "ContextMenu") && more !== null;
  if (opensMenu) void openLogMenu(more);
  return action !== undefined || opensMenu;
}

scroller.addEventListener("keydown", (event) => {
  const target = event.target as HTMLElement;
  const current = target.closest<HTMLElement>("article");
  const articles = [...scroller.querySelectorAll("article")];
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (step !== undefined && !event.ctrlKey) {
    const at = current ? articles.indexOf(current) + step : articles.length - 1;
    articles[at]?.focus();
    if (articles[at]) event.preventDefault();
  } else if (event.key === "Escape") input.focus();
  // A button within it has keys of its own.
  else if (
    target === current &&
    !event.ctrlKey &&
    !event.metaKey &&
    !event.altKey &&
    onRowKey(event.key, current)
  )
    event.preventDefault();
});

addEventListener("keydown", (event) => {
  const toLog = event.key === "F6" || (event.key === "ArrowUp" && event.ctrlKey);
  if (!toLog || status.phase === "out") return;
  event.preventDefault();
  if (scroller.contains(document.activeElement)) input.focus();
  else scroller.focus();
});

// Without this, a file that is dropped would take the place of the page.
addEventListener("dragover", (event) => {
  if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
});
addEventListener("drop", (event) => {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  const problem = { what: "not_sent", message: words.web.noFiles, kept: "none" } as const;
  if (status.phase === "in") showProblem(problem);
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unread = 0;
  showTitle();
  hub.send({ kind: "wake" });
});
addEventListener("online", () => hub.send({ kind: "wake" }));
// Inputs that wait would go with the page.
addEventListener("beforeunload", (event) => {
  if (status.phase === "in" && status.pending.length > 0) event.preventDefault();
});
addEventListener("pagehide", () => hub.send({ kind: "close" }));
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) open();
});

showWords();
open();
