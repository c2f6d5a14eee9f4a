/**
 * The page: a room for people without a terminal. Its model, grammar and words are those of the terminal client; here they
 * become a document. `hub.ts` holds the session, in a SharedWorker; this file and the views show what the hub sends.
 */
import type { Problem } from "../chat/line.js";
import { byId, setText } from "./dom.js";
import { LoginForm } from "./entering/login-form.js";
import type { Status, Update } from "./hub/messages.js";
import { HubClient, hubPort } from "./hub-client.js";
import { Composer } from "./input/composer.js";
import { Log } from "./log/log.js";
import { StatusBar } from "./status-bar.js";
import { PageStorage } from "./stored.js";
import { pageLanguage, wordsOf } from "./words.js";

/** Under a proxy's path prefix the room is where the page is. */
const server = new URL(".", location.href).href.replace(/\/$/, "");
const storage = new PageStorage(server);
let words = await wordsOf(pageLanguage(storage.kept.language, navigator.languages));
let status: Status = { phase: "out", nickname: "", problem: null, suggestion: null, busy: true };
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
});
const composer = new Composer({
  form: byId("form", "composer"),
  input,
  popup: byId("div", "popup"),
  follow: (text) => hub.send({ kind: "follow", text }),
  submit(text) {
    log.toLatest();
    return hub.call("submit", text);
  },
  complete: (text, cursor) => hub.call("complete", { text, cursor }),
  show: (problem: Problem) => log.show({ kind: "problem", at: Date.now(), problem }),
  toLog: () => scroller.focus(),
});
const login = new LoginForm({
  words: () => words,
  enter: (nickname) => hub.send({ kind: "login", nickname }),
});
const bar = new StatusBar({
  words: () => words,
  reconnect: () => hub.send({ kind: "reconnect" }),
  toggleIgnore: () => void hub.call("submit", "/i"),
  leave: () => hub.send({ kind: "leave" }),
});

function open(): void {
  const { forms, habits, help, locale } = words;
  hub.send({
    kind: "open",
    server,
    words: { forms, habits, help, locale },
    stored: storage.kept.session ?? null,
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
    case "recipient":
      showRecipient(update.nickname);
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

function countUnread(lines: readonly { readonly kind: string }[]): void {
  if (!document.hidden) return;
  unread += lines.filter(
    (line) => (line.kind === "message" || line.kind === "private") && "live" in line && line.live,
  ).length;
  showTitle();
}

function showTitle(): void {
  document.title = unread > 0 ? `(${unread}) ${words.web.room}` : words.web.room;
}

/** Everything that does not depend on the status. */
function showWords(): void {
  const { web, locale } = words;
  document.documentElement.lang = locale;
  setText(byId("h1", "title"), web.room);
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
});

scroller.addEventListener("click", ({ target }) => {
  const partner = (target as Element).closest(".who")?.closest<HTMLElement>("[data-partner]")
    ?.dataset.partner;
  if (partner !== undefined) composer.address(partner);
});

scroller.addEventListener("keydown", (event) => {
  const current = (event.target as Element).closest("article");
  const articles = [...scroller.querySelectorAll("article")];
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (step !== undefined && !event.ctrlKey) {
    const at = current ? articles.indexOf(current) + step : articles.length - 1;
    articles[at]?.focus();
    if (articles[at]) event.preventDefault();
  } else if (event.key === "Enter" && current?.dataset.partner !== undefined) {
    event.preventDefault();
    composer.address(current.dataset.partner);
  } else if (event.key === "Escape") input.focus();
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
  if (status.phase === "in") log.show({ kind: "problem", at: Date.now(), problem });
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unread = 0;
  showTitle();
  hub.send({ kind: "wake" });
});
addEventListener("online", () => hub.send({ kind: "wake" }));
addEventListener("pagehide", () => hub.send({ kind: "close" }));
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) open();
});

showWords();
open();
