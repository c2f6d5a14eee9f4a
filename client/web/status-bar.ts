import { sanitizeRow } from "../text/sanitize.js";
import { type ById, setText } from "./dom.js";
import type { Status } from "./hub/messages.js";
import type { PageWords } from "./words.js";

export interface StatusBarOptions {
  readonly byId: ById;
  readonly words: () => PageWords;
  readonly reconnect: () => void;
  readonly toggleIgnore: () => void;
  readonly leave: () => void;
  readonly search: () => void;
  /** Opens the reader's own menu at its button. */
  readonly openMenu: (button: HTMLElement) => void;
}

/** The head of the page: whether it is connected, who is there, and what can be done about it. */
export class StatusBar {
  readonly #options: StatusBarOptions;
  readonly #status: HTMLElement;
  readonly #retry: HTMLButtonElement;
  readonly #ignore: HTMLButtonElement;
  readonly #leave: HTMLButtonElement;
  readonly #search: HTMLButtonElement;
  readonly #own: HTMLButtonElement;

  constructor(options: StatusBarOptions) {
    this.#options = options;
    const { byId } = options;
    this.#status = byId("p", "status");
    this.#retry = byId("button", "retry");
    this.#ignore = byId("button", "ignore");
    this.#leave = byId("button", "leave");
    this.#search = byId("button", "search");
    this.#own = byId("button", "own");
    this.#retry.addEventListener("click", options.reconnect);
    this.#ignore.addEventListener("click", options.toggleIgnore);
    this.#leave.addEventListener("click", options.leave);
    this.#search.addEventListener("click", options.search);
    this.#own.addEventListener("click", () => options.openMenu(this.#own));
  }

  show(status: Status): void {
    const { web, status: words } = this.#options.words();
    const isIn = status.phase === "in";
    const phase = isIn ? status.connection.phase : "closed";
    // It needs a connection, and there is another button then.
    this.#ignore.hidden = phase !== "online";
    this.#leave.hidden = !isIn;
    this.#own.hidden = !isIn;
    this.#search.hidden = phase !== "online" || !isIn || !status.commands.includes("find");
    setText(this.#search, web.find.open);
    this.#retry.hidden = phase !== "offline" && phase !== "replaced";
    setText(this.#retry, phase === "replaced" ? web.reconnect : web.retry);
    setText(this.#leave, web.leave);
    setText(this.#status, isIn ? this.#text(status) : "");
    this.#options.byId("div", "room").dataset.phase = phase;
    if (!isIn) return;
    setText(this.#ignore, status.ignoring ? web.endIgnore : web.ignore);
    this.#ignore.setAttribute("aria-pressed", String(status.ignoring));
    const nickname = sanitizeRow(status.self.nickname);
    setText(this.#own, nickname);
    this.#own.setAttribute("aria-label", `${web.menu.own}: ${nickname}`);
    if (status.ignoring) this.#status.append(` · ${words.ignoring}`);
  }

  /** Without a countdown: a screen reader would read out each second. */
  #text({ connection, online, pending }: Extract<Status, { phase: "in" }>): string {
    const { status: words } = this.#options.words();
    const late = pending.length > 0 ? [words.pending(pending.length)] : [];
    switch (connection.phase) {
      case "connecting":
        return words.connecting;
      case "online":
        return [words.connected, ...(online === null ? [] : [words.online(online)]), ...late].join(" · ");
      case "offline":
        return [words.reconnecting, words.attempt(connection.attempt), ...late].join(" · ");
      case "replaced":
      case "closed":
        return words.disconnected;
    }
  }
}
