/** The room as it is shown, in the page or in the shadow root of an element: the views around a port to the hub. */
import type { Line, Problem } from "../chat/line.js";
import type { Language } from "../i18n/language.js";
import { finderIn, focusedBeside, setText, whenIdle } from "./dom.js";
import { LoginForm } from "./entering/login-form.js";
import { OUT, type Status, type Update } from "./hub/messages.js";
import { HubClient } from "./hub-client.js";
import { Composer } from "./input/composer.js";
import { Log } from "./log/log.js";
import { isRare, RareWords } from "./log/rare.js";
import { StatusBar } from "./status-bar.js";
import type { PageStorage } from "./stored.js";
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
  /** Lines that were added below the others. */
  readonly onLines: (lines: readonly Line[]) => void;
}

export class RoomView {
  readonly #options: RoomViewOptions;
  readonly #byId;
  readonly #hub: HubClient;
  readonly #scroller: HTMLElement;
  readonly #input: HTMLTextAreaElement;
  readonly #log: Log;
  readonly #composer: Composer;
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
    });
    this.#composer = this.#makeComposer();
    const words = () => this.#words;
    const { takesFocus, isVouched } = options;
    this.#login = new LoginForm({
      byId,
      words,
      takesFocus,
      rareText: (problem) => this.#rare.loaded?.problem(problem) ?? this.#words.web.outdated,
      isVouched,
      enter: (nickname) => this.#hub.send({ kind: "login", nickname }),
    });
    this.#bar = new StatusBar({
      byId,
      words,
      reconnect: () => this.#hub.send({ kind: "reconnect" }),
      toggleIgnore: () => void this.#hub.call("submit", "/i"),
      leave: () => this.#hub.send({ kind: "leave" }),
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
    });
  }

  /** Logs in a person whom the application vouches for. */
  enter(): void {
    this.#hub.send({ kind: "login", nickname: "" });
  }

  /** Why the person is not in the room, as it is shown; "" if nothing is wrong. */
  problemText({ problem }: Extract<Status, { phase: "out" }>): string {
    return problem ? this.#login.problemText(problem) : "";
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
    this.#words = await wordsOf(language);
    if (this.#rare.loaded) await this.#rare.load();
    this.#showWords();
    this.#showStatus(this.#status);
    this.#log.redraw();
  }

  #makeComposer(): Composer {
    return new Composer({
      form: this.#byId("form", "composer"),
      input: this.#input,
      popup: this.#byId("div", "popup"),
      follow: (text) => this.#hub.send({ kind: "follow", text }),
      submit: (text) => {
        this.#log.toLatest();
        return this.#hub.call("submit", text);
      },
      complete: (text, cursor) => this.#hub.call("complete", { text, cursor }),
      show: (problem) => this.#showProblem(problem),
      toLog: () => this.#scroller.focus(),
    });
  }

  #showProblem(problem: Problem): void {
    this.#rare.when(true, () => this.#log.show({ kind: "problem", at: Date.now(), problem }));
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
      case "recipient":
        this.#showRecipient(update.nickname);
        return;
    }
  }

  #showStatus(next: Status): void {
    const entered = next.phase === "in" && this.#status.phase === "out";
    const hadFocus = focusedBeside(this.#scroller)?.closest("form") != null;
    this.#status = next;
    this.#byId("section", "chat").hidden = next.phase !== "in";
    this.#bar.show(next);
    this.#login.show(next, this.#options.storage.works);
    if (!entered) return;
    whenIdle(() => void this.#rare.load());
    this.#log.toLatest();
    // By the reader's own action: the form that had the focus is gone.
    if (hadFocus || this.#options.takesFocus) this.#input.focus();
  }

  #showRecipient(nickname: string | null): void {
    const recipient = this.#byId("p", "recipient");
    recipient.hidden = nickname === null;
    setText(recipient, nickname === null ? "" : this.#words.web.toOne(nickname));
  }

  /** Everything that does not depend on the status. */
  #showWords(): void {
    const { web, locale } = this.#words;
    const byId = this.#byId;
    byId("div", "room").lang = locale;
    setText(byId("h1", "title"), web.room);
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
      const row = (target as Element).closest(".who")?.closest<HTMLElement>("[data-partner]");
      if (row?.dataset.partner !== undefined) this.#composer.address(row.dataset.partner);
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
    const current = (event.target as Element).closest("article");
    const articles = [...this.#scroller.querySelectorAll("article")];
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step !== undefined && !event.ctrlKey) {
      const at = current ? articles.indexOf(current) + step : articles.length - 1;
      articles[at]?.focus();
      if (articles[at]) event.preventDefault();
    } else if (event.key === "Enter" && current?.dataset.partner !== undefined) {
      event.preventDefault();
      this.#composer.address(current.dataset.partner);
    } else if (event.key === "Escape") this.#input.focus();
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

/** Messages that just arrived, other than those that were replayed. */
export function liveMessages(lines: readonly Line[]) {
  return lines.flatMap((line) =>
    (line.kind === "message" || line.kind === "private") && line.live ? [line] : [],
  );
}
