/** The room as it is shown, in the page or in the shadow root of an element: the views around a port to the hub. */
import type { Line, NoticeLine, Problem } from "../chat/line.js";
import type { Language } from "../i18n/language.js";
import { sanitizeRow } from "../text/sanitize.js";
import { element, finderIn, focusedBeside, setText, whenIdle } from "./dom.js";
import { LoginForm } from "./entering/login-form.js";
import { OUT, type Status, type Update } from "./hub/messages.js";
import { HubClient, isThere } from "./hub-client.js";
import { Composer, type Subject } from "./input/composer.js";
import { PendingRows } from "./input/pending.js";
import { Log } from "./log/log.js";
import { isRare } from "./log/rare.js";
import { RareWords } from "./log/rare-words.js";
import type { MessageAction } from "./menus/items.js";
import { Opener } from "./menus/opener.js";
import { StatusBar } from "./status-bar.js";
import type { PageStorage } from "./stored.js";
import type { Attention } from "./window/attention.js";
import { type PageWords, wordsOf } from "./words.js";

export interface RoomViewOptions {
  /** Contains the markup of index.html's body. */
  readonly root: Document | ShadowRoot;
  /** Where keys and dropped files are the room's: the whole page, or an element of it. */
  readonly ground: Window | HTMLElement;
  /** Base URL of the room. */
  readonly server: string;
  readonly port: MessagePort;
  readonly words: PageWords;
  readonly storage: Pick<PageStorage, "kept" | "keep" | "works">;
  /** Whether the input takes the focus once it can be typed into. In an element only if the form had it. */
  readonly takesFocus: boolean;
  /** Whether the hub logs in with tokens of the application that embeds the room. */
  readonly isVouched: boolean;
  /** The words are those of another language. */
  readonly onWords: (words: PageWords) => void;
  readonly onStatus?: (status: Status) => void;
  /** The title of the room; "" if it has none, or it is not known. */
  readonly onTitle?: (title: string) => void;
  /** Lines that were added below the others. */
  readonly onLines: (lines: readonly Line[]) => void;
  /** Notifications, which the reader's own menu offers. An element leaves them to the page that embeds it. */
  readonly attention?: Pick<Attention, "level" | "obstacle" | "choose">;
}

export class RoomView {
  readonly #options: RoomViewOptions;
  readonly #byId;
  readonly #hub: HubClient;
  readonly #scroller: HTMLElement;
  readonly #input: HTMLTextAreaElement;
  readonly #log: Log;
  readonly #composer: Composer;
  readonly #pending: PendingRows;
  readonly #opener: Opener;
  readonly #login: LoginForm;
  readonly #bar: StatusBar;
  readonly #rare = new RareWords(() => this.#words);
  #words: PageWords;
  #status: Status = { ...OUT, busy: true };

  constructor(options: RoomViewOptions) {
    this.#options = options;
    this.#words = options.words;
    this.#hub = new HubClient(options.port, (update) => this.#receive(update));
    const byId = finderIn(options.root);
    this.#byId = byId;
    this.#scroller = byId("div", "log");
    this.#input = byId("textarea", "input");
    this.#log = new Log({
      scroller: this.#scroller,
      latest: byId("button", "latest"),
      context: () => ({
        words: this.#words,
        self: this.#status.phase === "in" ? this.#status.self.nickname : null,
        rare: this.#rare.loaded,
      }),
      loadOlder: (before) => this.#hub.call("older", before),
      loadNewer: (after) => this.#hub.call("newer", after),
      loadAround: (cursor) => this.#hub.call("around", cursor),
      loadLatest: () => this.#hub.call("latest", null),
    });
    const words = () => this.#words;
    this.#pending = new PendingRows({
      list: byId("ol", "pending"),
      words,
      edit: (id) => void this.#takeBack(id),
      cancel: (id) => void this.#hub.call("cancel", id),
    });
    this.#composer = this.#makeComposer();
    const rareText = this.#rareText.bind(this);
    const toggleIgnore = () => void this.#hub.call("submit", { text: "/i", about: null });
    const leave = () => this.#hub.send({ kind: "leave" });
    this.#opener = new Opener({
      ...{ byId, words, toggleIgnore, leave },
      ...{ hub: this.#hub, log: this.#log, composer: this.#composer },
      status: () => this.#status,
      attention: options.attention,
      onMissing: () => this.#showMissing(),
      show: (problem) => this.#showProblem(problem),
      problemText: async (problem) => {
        await this.#rare.load();
        return rareText(problem);
      },
    });
    const { takesFocus, isVouched } = options;
    this.#login = new LoginForm({
      byId,
      words,
      takesFocus,
      rareText,
      isVouched,
      enter: (entering) => this.#hub.send({ kind: "login", ...entering }),
    });
    this.#bar = new StatusBar({
      byId,
      words,
      reconnect: () => this.#hub.send({ kind: "reconnect" }),
      toggleIgnore,
      leave,
      search: () => this.#opener.toggleSearch(),
      openMenu: (button) => void this.#opener.own(button),
    });
    this.#listen();
    this.#showWords();
  }

  /** Asks the hub for the room; again after `close`. */
  open(): void {
    const { forms, habits, help, locale } = this.#words;
    // What is typed before the hub has started waits in the port.
    if (!this.#options.storage.kept.session && !this.#options.isVouched) this.#showStatus(OUT);
    this.#hub.send({
      kind: "open",
      server: this.#options.server,
      words: { forms, habits, help, locale },
      stored: this.#options.storage.kept.session ?? null,
      ignored: this.#options.storage.kept.ignored ?? [],
    });
  }

  /** The hub of before did not start. */
  moveTo(port: MessagePort): void {
    this.#hub.moveTo(port);
    this.open();
  }

  /** Whether there is a hub at the other end of the port. */
  hasHub(): Promise<boolean> {
    return isThere(this.#hub);
  }

  /** Logs in a person whom the application vouches for. */
  enter(): void {
    this.#hub.send({ kind: "login", nickname: "", secret: "", invite: "" });
  }

  /** Why the person is not in the room, as it is shown; "" if nothing is wrong. */
  problemText({ problem, removal }: Extract<Status, { phase: "out" }>): string {
    return problem ? this.#login.problemText(problem, removal) : "";
  }

  /** The machine may have slept, or the network is back. */
  wake(): void {
    this.#hub.send({ kind: "wake" });
  }

  /** Nothing is shown any more. */
  close(): void {
    this.#hub.send({ kind: "close" });
  }

  async setLanguage(language: Language): Promise<void> {
    try {
      this.#words = await wordsOf(language);
    } catch {
      this.#showMissing();
      return;
    }
    if (this.#rare.loaded) await this.#rare.load();
    this.#showWords();
    this.#showStatus(this.#status);
    this.#log.redraw();
    this.#pending.redraw();
    this.#opener.redraw();
  }

  /** Title of the room; "" if it has none, or it is not known. */
  get title(): string {
    const status = this.#status;
    return sanitizeRow(status.phase === "in" ? status.title : (status.room?.title ?? ""));
  }

  /** The reader's; "" outside the room. */
  get nickname(): string {
    return this.#status.phase === "in" ? this.#status.self.nickname : "";
  }

  #makeComposer(): Composer {
    return new Composer({
      form: this.#byId("form", "composer"),
      input: this.#input,
      popup: this.#byId("div", "popup"),
      follow: (text) => this.#hub.call("follow", text),
      submit: (text, about) => {
        void this.#log.toLatest();
        return this.#hub.call("submit", { text, about });
      },
      complete: (text, cursor) => this.#hub.call("complete", { text, cursor }),
      show: (problem) => this.#showProblem(problem),
      showRecipient: (nickname) => this.#showRecipient(nickname),
      showSubject: (subject) => this.#showSubject(subject),
      takePending: () => this.#pending.takeLast(),
      toLog: () => this.#scroller.focus(),
    });
  }

  #rareText(problem: Problem, removal: NoticeLine | null = null): string {
    const { page, web } = this.#words;
    if (removal && isRare(removal)) return this.#rare.loaded?.line(removal) ?? web.outdated;
    // The one that has to be there while the server is not.
    if (problem.what === "cannot_reach") return page.cannotReach;
    return this.#rare.loaded?.problem(problem) ?? web.outdated;
  }

  #showProblem(problem: Problem): void {
    this.#rare.when(true, () => void this.#log.show({ kind: "problem", at: Date.now(), problem }));
  }

  /** A part of the page could not be loaded: the server is away, or has another version of it by now. */
  #showMissing(): void {
    const missing = this.#byId("p", "missing");
    missing.hidden = false;
    setText(missing, this.#words.web.outdated);
  }

  #receive(update: ViewUpdate): void {
    this.#rare.when(needsRareWords(update), () => this.#show(update));
  }

  #show(update: ViewUpdate): void {
    switch (update.kind) {
      case "status":
        this.#showStatus(update.status);
        this.#options.onStatus?.(update.status);
        return;
      case "batches":
        this.#log.add(update.batches, update.fresh);
        if (!update.fresh) this.#options.onLines(update.batches.flatMap(({ lines }) => lines));
        return;
      case "stored":
        this.#options.storage.keep({ session: update.stored });
        return;
      case "ignored":
        this.#options.storage.keep({ ignored: update.ignored });
        return;
      case "erased":
        this.#log.erase(update.ids);
        this.#opener.erase(update.ids);
        this.#composer.forget(update.ids);
        return;
      case "secret":
        void this.#opener.secret(update.nickname, update.secret);
        return;
      case "search":
        void this.#opener.search(update.text);
        return;
    }
  }

  async #takeBack(id: number): Promise<void> {
    const taken = await this.#hub.call("take", id);
    if (taken) this.#composer.takeBack(taken.text, taken.about);
  }

  #showStatus(next: Status): void {
    const entered = next.phase === "in" && this.#status.phase === "out";
    const hadFocus = focusedBeside(this.#scroller)?.closest("form") != null;
    this.#status = next;
    this.#byId("section", "chat").hidden = next.phase !== "in";
    this.#bar.show(next);
    this.#login.show(next, this.#options.storage.works);
    this.#pending.show(next.phase === "in" ? next.pending : []);
    this.#showTitle();
    if (next.phase === "out") this.#opener.close();
    if (!entered) return;
    whenIdle(() => void this.#rare.load());
    void this.#log.toLatest();
    // By the reader's own action: the form that had the focus is gone.
    if (hadFocus || this.#options.takesFocus) this.#input.focus();
  }

  #showRecipient(nickname: string | null): void {
    const recipient = this.#byId("p", "recipient");
    recipient.hidden = nickname === null;
    setText(recipient, nickname === null ? "" : this.#words.web.toOne(nickname));
  }

  /** The message that the input replies to or changes, and a button to drop that. */
  #showSubject(subject: Subject | null): void {
    const shown = this.#byId("p", "subject");
    shown.hidden = subject === null;
    shown.replaceChildren();
    if (!subject) return;
    const { web } = this.#words;
    const text = sanitizeRow(subject.text.normalize("NFC").replace(/\s+/g, " "));
    const isReply = subject.does === "reply";
    const label = isReply ? web.replyingTo(sanitizeRow(subject.nickname), text) : web.editing(text);
    const drop = element("button", { type: "button" }, isReply ? web.notAbout : web.notEdit);
    drop.addEventListener("click", () => this.#composer.dropSubject());
    shown.append(element("span", { dir: "auto" }, label), drop);
  }

  #showTitle(): void {
    setText(this.#byId("h1", "title"), this.title || this.#words.web.room);
    this.#options.onTitle?.(this.title);
  }

  /** Everything that does not depend on the status. */
  #showWords(): void {
    const { web, locale } = this.#words;
    const byId = this.#byId;
    byId("div", "room").lang = locale;
    this.#showTitle();
    setText(byId("button", "language"), web.language);
    byId("button", "language").lang = locale === "en" ? "zh-CN" : "en";
    setText(byId("button", "send"), web.send);
    this.#input.placeholder = web.placeholder;
    this.#input.setAttribute("aria-label", web.message);
    this.#scroller.setAttribute("aria-label", web.messages);
    byId("div", "popup").setAttribute("aria-label", web.suggestions);
    this.#options.onWords(this.#words);
  }

  #listen(): void {
    const { ground } = this.#options;
    this.#byId("button", "language").addEventListener("click", async () => {
      const language = this.#words.locale === "en" ? "zh-CN" : "en";
      await this.setLanguage(language);
      this.#options.storage.keep({ language });
    });
    this.#scroller.addEventListener("click", ({ target }) => {
      const button = (target as Element).closest<HTMLElement>("button.who-menu, button.more");
      if (button) void this.#opener.inLog(button);
    });
    this.#scroller.addEventListener("keydown", (event) => this.#onLogKey(event));
    ground.addEventListener("keydown", (event) => this.#onKey(event as KeyboardEvent));
    // Without this, a file that is dropped would take the place of the page.
    ground.addEventListener("dragover", (event) => {
      if (hasFiles(event as DragEvent)) event.preventDefault();
    });
    ground.addEventListener("drop", (event) => this.#onDrop(event as DragEvent));
  }

  #onLogKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const current = target.closest<HTMLElement>("article");
    const articles = [...this.#scroller.querySelectorAll("article")];
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step !== undefined && !event.ctrlKey) {
      const at = current ? articles.indexOf(current) + step : articles.length - 1;
      articles[at]?.focus();
      if (articles[at]) event.preventDefault();
    } else if (event.key === "Escape") this.#input.focus();
    // A button within it has keys of its own.
    else if (target === current && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (this.#onRowKey(event.key, current)) event.preventDefault();
    }
  }

  /** On a message: Enter replies, e changes it, Delete erases it, m opens its menu. Returns whether the key was for it. */
  #onRowKey(key: string, row: HTMLElement): boolean {
    const action = { Enter: "reply", e: "edit", Delete: "redact" }[key] as MessageAction | undefined;
    if (action) void this.#opener.act(action, row);
    const more = row.querySelector<HTMLElement>("button.more");
    const opensMenu = (key === "m" || key === "ContextMenu") && more !== null;
    if (opensMenu) void this.#opener.inLog(more);
    return action !== undefined || opensMenu;
  }

  #onKey(event: KeyboardEvent): void {
    const toLog = event.key === "F6" || (event.key === "ArrowUp" && event.ctrlKey);
    if (!toLog || this.#status.phase === "out") return;
    event.preventDefault();
    if (this.#scroller.contains(focusedBeside(this.#scroller))) this.#input.focus();
    else this.#scroller.focus();
  }

  #onDrop(event: DragEvent): void {
    if (!hasFiles(event)) return;
    event.preventDefault();
    const problem = { what: "not_sent", message: this.#words.web.noFiles, kept: "none" } as const;
    if (this.#status.phase === "in") this.#showProblem(problem);
  }
}

type ViewUpdate = Exclude<Update, { kind: "reply" }>;

function needsRareWords(update: ViewUpdate): boolean {
  if (update.kind === "batches") return update.batches.some(({ lines }) => lines.some(isRare));
  return update.kind === "status" && update.status.phase === "out" && update.status.problem !== null;
}

const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes("Files") ?? false;
