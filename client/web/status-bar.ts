import { sanitizeRow } from "../text/sanitize.js";
import { byId, setText } from "./dom.js";
import type { Status } from "./hub/messages.js";
import type { PageWords } from "./words.js";

export interface StatusBarOptions {
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
  readonly #retry = byId("button", "retry");
  readonly #ignore = byId("button", "ignore");
  readonly #leave = byId("button", "leave");
  readonly #search = byId("button", "search");
  readonly #own = byId("button", "own");

  constructor(options: StatusBarOptions) {
    this.#options = options;
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
    this.#search.hidden = !isIn || !status.commands.includes("find");
    setText(this.#search, web.find.open);
    this.#retry.hidden = phase !== "offline" && phase !== "replaced";
    setText(this.#retry, phase === "replaced" ? web.reconnect : web.retry);
    setText(this.#leave, web.leave);
    setText(byId("p", "status"), isIn ? this.#text(status) : "");
    document.body.dataset.phase = phase;
    if (!isIn) return;
    setText(this.#ignore, status.ignoring ? web.endIgnore : web.ignore);
    this.#ignore.setAttribute("aria-pressed", String(status.ignoring));
    setText(this.#own, sanitizeRow(status.self.nickname));
    this.#own.setAttribute("aria-label", `${web.menu.own}: ${sanitizeRow(status.self.nickname)}`);
    if (status.ignoring) byId("p", "status").append(` · ${words.ignoring}`);
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
