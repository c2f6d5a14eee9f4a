/** Opens menus, dialogs and the search when the reader asks for them: their code is loaded then. */
import type { Problem } from "../../chat/line.js";
import { sanitizeRow } from "../../text/sanitize.js";
import type { ById } from "../dom.js";
import type { Find } from "../find/find.js";
import type { Found, Status } from "../hub/messages.js";
import type { HubClient } from "../hub-client.js";
import type { Composer } from "../input/composer.js";
import type { Log } from "../log/log.js";
import type { Attention } from "../window/attention.js";
import { type MenuWords, menuWordsOf, type PageWords } from "../words.js";
import type { Around } from "./actions.js";
import type { MessageAction } from "./items.js";
import type { MenuItem } from "./menu.js";

export interface OpenerOptions {
  readonly byId: ById;
  readonly hub: HubClient;
  readonly log: Log;
  readonly composer: Composer;
  readonly words: () => PageWords;
  readonly status: () => Status;
  readonly show: (problem: Problem) => void;
  readonly problemText: (problem: Problem) => Promise<string>;
  readonly toggleIgnore: () => void;
  readonly leave: () => void;
  /** What is needed could not be loaded. */
  readonly onMissing: () => void;
  readonly attention: Pick<Attention, "level" | "obstacle" | "choose"> | undefined;
}

export class Opener {
  readonly #options: OpenerOptions;
  /** Since the reader searched for the first time. */
  #find: Find | undefined;

  constructor(options: OpenerOptions) {
    this.#options = options;
  }

  /** The reader's own menu, with what the head of the page has no room for on a phone. */
  async own(button: HTMLElement): Promise<void> {
    const loaded = await this.#load();
    if (!loaded?.page) return;
    const { openOwnMenu, openLevels, page } = loaded;
    const { toggleIgnore, leave, words, attention } = this.#options;
    const { web } = words();
    const isOnline = page.status.connection.phase === "online";
    const ignore = { label: page.status.ignoring ? web.endIgnore : web.ignore, run: toggleIgnore };
    const notify = attention && {
      label: page.words.notify.open,
      run: () => openLevels(button, attention, page),
    };
    const more: MenuItem[] = [
      ...(isOnline ? [ignore] : []),
      ...(notify ? [notify] : []),
      { label: web.leave, run: leave },
    ];
    openOwnMenu(button, more, page);
  }

  /** The menu of the name, or of the message, that a button in the log is for. */
  async inLog(button: HTMLElement): Promise<void> {
    const loaded = await this.#load();
    if (!loaded?.page) return;
    const { openMessageMenu, openPersonMenu, page } = loaded;
    const { log } = this.#options;
    const message = button.matches(".more") ? log.messageAt(button) : null;
    const person = message ? null : log.personAt(button);
    if (message) await openMessageMenu(button, message, page);
    else if (person) await openPersonMenu(button, person, page);
  }

  /** What a key does with the message of a row. */
  async act(action: MessageAction, row: HTMLElement): Promise<void> {
    const loaded = await this.#load();
    if (!loaded?.page) return;
    const { actByKey, page } = loaded;
    const { log, composer } = this.#options;
    const message = log.messageAt(row);
    if (!message || actByKey(action, message, page)) return;
    // Where there are no replies, a private message is the next best.
    const person = action === "reply" ? log.personAt(row) : null;
    if (person && person.id !== page.status.self.id) composer.address(person.nickname);
  }

  /** Shows the secret that the server made. */
  async secret(nickname: string, secret: string): Promise<void> {
    const loaded = await this.#load();
    loaded?.showSecret(this.#host, sanitizeRow(nickname), secret, loaded.words);
  }

  /** Opens the search; with a text, searches for it. */
  async search(text: string): Promise<void> {
    const loaded = await this.#load();
    if (!loaded) return;
    const { byId, hub, log, words, problemText } = this.#options;
    const button = byId("button", "search");
    this.#find ??= new loaded.Find({
      panel: byId("div", "found"),
      words,
      problemText,
      find: (ask) => hub.call("find", ask),
      open: (found: Found) => log.reveal(found),
      onClose: () => {
        button.setAttribute("aria-expanded", "false");
        byId("textarea", "input").focus();
      },
    });
    button.setAttribute("aria-expanded", "true");
    this.#find.open(text);
  }

  /** Opens the search, or closes it. */
  toggleSearch(): void {
    if (this.#options.byId("div", "found").hidden) void this.search("");
    else this.#find?.close();
  }

  /** Closes everything: the reader is no longer in the room. */
  close(): void {
    this.#host.querySelector("dialog")?.close();
    if (!this.#options.byId("div", "found").hidden) this.#find?.close();
  }

  /** These messages and edits were erased. */
  erase(ids: readonly string[]): void {
    this.#find?.erase(ids);
  }

  /** Shows what is open in another language. */
  redraw(): void {
    this.#find?.redraw();
  }

  get #host(): HTMLElement {
    return this.#options.byId("section", "chat");
  }

  async #load() {
    const { words: current, onMissing } = this.#options;
    try {
      const [later, words] = await Promise.all([import("../later.js"), menuWordsOf(current())]);
      return { ...later, words, page: this.#around(words) };
    } catch {
      onMissing();
      return null;
    }
  }

  /** What menus need of the page; null outside the room. */
  #around(words: MenuWords): Around | null {
    const { status: current, show, hub, composer } = this.#options;
    const status = current();
    if (status.phase === "out") return null;
    return {
      ...{ host: this.#host, words, status, show },
      call: (name, ask) => hub.call(name, ask),
      address: (nickname) => composer.address(nickname),
      reply: (subject) => composer.reply(subject),
      edit: (subject) => composer.edit(subject),
    };
  }
}
