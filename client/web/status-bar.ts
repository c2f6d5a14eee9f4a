import { type ById, setText } from "./dom.js";
import type { Status } from "./hub/messages.js";
import type { PageWords } from "./words.js";

export interface StatusBarOptions {
  readonly byId: ById;
  readonly words: () => PageWords;
  readonly reconnect: () => void;
  readonly toggleIgnore: () => void;
  readonly leave: () => void;
}

/** The head of the page: whether it is connected, who is there, and what can be done about it. */
export class StatusBar {
  readonly #options: StatusBarOptions;
  readonly #status: HTMLElement;
  readonly #retry: HTMLButtonElement;
  readonly #ignore: HTMLButtonElement;
  readonly #leave: HTMLButtonElement;

  constructor(options: StatusBarOptions) {
    this.#options = options;
    const { byId } = options;
    this.#status = byId("p", "status");
    this.#retry = byId("button", "retry");
    this.#ignore = byId("button", "ignore");
    this.#leave = byId("button", "leave");
    this.#retry.addEventListener("click", options.reconnect);
    this.#ignore.addEventListener("click", options.toggleIgnore);
    this.#leave.addEventListener("click", options.leave);
  }

  show(status: Status): void {
    const { web, status: words } = this.#options.words();
    const isIn = status.phase === "in";
    const phase = isIn ? status.connection.phase : "closed";
    // It needs a connection, and there is another button then.
    this.#ignore.hidden = phase !== "online";
    this.#leave.hidden = !isIn;
    this.#retry.hidden = phase !== "offline" && phase !== "replaced";
    setText(this.#retry, phase === "replaced" ? web.reconnect : web.retry);
    setText(this.#leave, web.leave);
    setText(this.#status, isIn ? this.#text(status) : "");
    this.#options.byId("div", "room").dataset.phase = phase;
    if (!isIn) return;
    setText(this.#ignore, status.ignoring ? web.endIgnore : web.ignore);
    this.#ignore.setAttribute("aria-pressed", String(status.ignoring));
    setText(this.#leave, web.leave);
    if (status.ignoring) this.#status.append(` · ${words.ignoring}`);
  }

  /** Without a countdown: a screen reader would read out each second. */
  #text({ connection, online, pending }: Extract<Status, { phase: "in" }>): string {
    const { status: words } = this.#options.words();
    const late = pending > 0 ? [words.pending(pending)] : [];
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
