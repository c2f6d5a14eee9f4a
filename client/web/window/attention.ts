/** What shows that there is something to read while the page is out of sight: title, icon and notifications. */
import type { Line } from "../../chat/line.js";
import { liveMessages, type NotifyLevel, notable } from "../../text/notable.js";
import { sanitizeRow } from "../../text/sanitize.js";
import type { PageStorage } from "../stored.js";

/** Why there are no notifications, whatever the level. */
export type Obstacle = "insecure" | "unsupported" | "refused";

/** UTF-16 code units of a message in a notification; systems show even less. */
const MAX_BODY = 200;

export interface AttentionOptions {
  readonly storage: Pick<PageStorage, "kept" | "keep">;
  /** The link to the page's icon, with the address of the other one in `data-unread`. */
  readonly icon: HTMLLinkElement;
}

export class Attention {
  readonly #options: AttentionOptions;
  readonly #icons: { readonly read: string; readonly unread: string };
  #title = "";
  /** Messages that arrived while the page was out of sight. */
  #unread = 0;

  constructor(options: AttentionOptions) {
    this.#options = options;
    const { icon } = options;
    this.#icons = { read: icon.href, unread: icon.dataset.unread ?? icon.href };
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#show(0);
    });
  }

  /** Without the count. */
  set title(title: string) {
    this.#title = title;
    this.#show(this.#unread);
  }

  get level(): NotifyLevel {
    return this.#options.storage.kept.notify ?? "off";
  }

  get obstacle(): Obstacle | null {
    if (!isSecureContext) return "insecure";
    if (!("Notification" in globalThis)) return "unsupported";
    return Notification.permission === "denied" ? "refused" : null;
  }

  /** By the reader's own action: the browser may ask now, and only now. Resolves with what is in the way. */
  async choose(notify: NotifyLevel): Promise<Obstacle | null> {
    if (notify !== "off" && this.obstacle === null) await Notification.requestPermission();
    const granted = notify === "off" || (this.obstacle === null && Notification.permission === "granted");
    if (granted) this.#options.storage.keep({ notify });
    return granted ? null : (this.obstacle ?? "refused");
  }

  /** Lines have arrived. `self`: the reader's nickname. */
  onLines(lines: readonly Line[], self: string): void {
    if (!document.hidden) return;
    this.#show(this.#unread + liveMessages(lines).length);
    if (this.obstacle !== null || Notification.permission !== "granted") return;
    for (const line of lines) this.#notify(line, self);
  }

  #notify(line: Line, self: string): void {
    const found = notable(line, this.level, self);
    if (!found) return;
    const body = sanitizeRow(found.body.replace(/\s+/g, " ")).slice(0, MAX_BODY);
    // Several tabs show one notification, as it has one tag.
    const tag = "id" in line && line.id ? `parlance-${line.id}` : "parlance";
    try {
      const shown = new Notification(sanitizeRow(found.title), { body, tag, icon: this.#icons.read });
      shown.onclick = () => {
        focus();
        shown.close();
      };
    } catch {
      // Chrome on Android has the constructor and throws: only a service worker may notify there.
    }
  }

  #show(unread: number): void {
    this.#unread = unread;
    document.title = unread > 0 ? `(${unread}) ${this.#title}` : this.#title;
    const { icon } = this.#options;
    const href = unread > 0 ? this.#icons.unread : this.#icons.read;
    if (icon.href !== href) icon.href = href;
  }
}
