/**
 * `<parlance-room server="https://chat.example.org" token-from="/chat-token">`: the room as an element of another page,
 * made of the page's own views. It has a session and a feed of its own in the page that embeds it: a SharedWorker would
 * have to be of that page's origin. See docs/embedding.md.
 */
import type { Line, SpokenLine } from "../../chat/line.js";
import { type Language, languageOf } from "../../i18n/language.js";
import type { AskToken } from "../hub/host-token.js";
import type { Hub } from "../hub/hub.js";
import type { Status } from "../hub/messages.js";
import { localHub } from "../hub-client.js";
import { liveMessages, RoomView } from "../room-view.js";
import { pageLanguage, wordsOf } from "../words.js";
import { guestStorage, memoryStorage, type RoomStorage } from "./room-storage.js";
import { fillShadow } from "./shadow.js";
import { tokenFrom } from "./token-from.js";

/** `detail` of the event `message`: a message that just arrived, the reader's own among them. */
export interface RoomMessage {
  /** Of its event in the room's log. */
  readonly id: string;
  readonly kind: "group" | "private";
  readonly sender: string;
  /** `User.id`: the same nickname with another id is another person. */
  readonly senderId: string;
  /** Of a private message. */
  readonly recipient: string | null;
  /** As it was sent: foreign text, never to be used as markup. */
  readonly text: string;
  /** Whether the reader sent it. */
  readonly own: boolean;
  /** By the server's clock, ms since 1970. */
  readonly time: number;
}

/** `detail` of the event `unread`. */
export interface RoomUnread {
  /** Messages of others that arrived while the element was out of sight. */
  readonly count: number;
}

/** `detail` of the event `error`: why the reader is not in the room. */
export interface RoomError {
  /** A reason of the protocol, or UNREACHABLE, TOKEN_UNAVAILABLE or UNKNOWN. */
  readonly reason: string;
  /** What the element shows, in its language. */
  readonly message: string;
}

export interface ParlanceRoomEventMap {
  readonly message: CustomEvent<RoomMessage>;
  readonly unread: CustomEvent<RoomUnread>;
  readonly error: CustomEvent<RoomError>;
}

/** A view with its hub, while the element is in a document. */
interface Running {
  readonly hub: Hub;
  readonly view: RoomView;
}

export class ParlanceRoom extends HTMLElement {
  static readonly observedAttributes = ["server", "token-from", "lang"];

  #accessToken: AskToken | null = null;
  #running: Running | undefined;
  /** Counts starts and stops: a start that is overtaken is given up. */
  #turns = 0;
  /** Outlasts a removal from the document, so that the reader comes back to where it was. */
  #storage: RoomStorage | undefined;
  #unread = 0;
  #isInSight = false;
  /** Of the last event `error`, until the reader is in the room. */
  #reason: string | null = null;
  readonly #internals = this.attachInternals();
  readonly #sight = new IntersectionObserver((entries) => {
    this.#isInSight = entries.at(-1)!.isIntersecting;
    this.#onSight();
  });

  /** Base URL of the room. */
  get server(): string {
    return this.getAttribute("server") ?? "";
  }

  set server(url: string) {
    this.setAttribute("server", url);
  }

  /** Address of the application that is asked for a token by a POST; the response is the token as text. */
  get tokenFrom(): string {
    return this.getAttribute("token-from") ?? "";
  }

  set tokenFrom(url: string) {
    this.setAttribute("token-from", url);
  }

  /** Returns a token for the application's user, in place of `token-from`. Setting it leaves, and enters anew. */
  get accessToken(): AskToken | null {
    return this.#accessToken;
  }

  set accessToken(ask: AskToken | null) {
    this.#accessToken = ask;
    void this.#restart();
  }

  /** Messages of others that arrived while the element was out of sight. */
  get unread(): number {
    return this.#unread;
  }

  /**
   * Logs out at once, as when the application's user signs out; also after the element was removed from the document. Never
   * rejects.
   */
  async leave(): Promise<void> {
    if (this.#running) return this.#running.hub.leave();
    const session = this.#storage?.kept.session;
    if (!session) return;
    this.#storage?.keep({ session: null });
    const { logOut } = await import("../hub/hub.js");
    await logOut(this.#url(), session);
  }

  /** Asks for a token and enters again: after `leave`, after an error, or when the application's user has signed in. */
  enter(): void {
    this.#running?.view.enter();
  }

  connectedCallback(): void {
    // Set by the page before this script defined the element.
    if (Object.hasOwn(this, "accessToken")) {
      const { accessToken } = this;
      delete (this as Partial<Pick<ParlanceRoom, "accessToken">>).accessToken;
      this.#accessToken = accessToken;
    }
    if (this.#running) return;
    this.#sight.observe(this);
    document.addEventListener("visibilitychange", this.#onSight);
    for (const event of ["online", "pageshow"]) addEventListener(event, this.#wake);
    void this.#start();
  }

  disconnectedCallback(): void {
    // What is moved within the document is removed and inserted in one go.
    queueMicrotask(() => {
      if (!this.isConnected) this.#stop();
    });
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now) return;
    if (name === "lang") void this.#running?.view.setLanguage(this.#language());
    else void this.#restart();
  }

  async #restart(): Promise<void> {
    // What was kept is of another room, or of another user.
    if (!this.isConnected) this.#storage = undefined;
    // It is not there, or has not begun yet: connectedCallback will.
    if (!this.isConnected || this.#turns === 0) return;
    this.#turns++;
    const hub = this.#running?.hub;
    this.#running = undefined;
    await hub?.leave();
    hub?.close();
    this.#storage?.release();
    this.#storage = undefined;
    await this.#start();
  }

  async #start(): Promise<void> {
    const turn = ++this.#turns;
    const { server } = this;
    if (server === "") return;
    const ask = this.#accessToken ?? (this.tokenFrom === "" ? null : () => tokenFrom(this.tokenFrom));
    const [words, { hub, port }] = await Promise.all([
      wordsOf(this.#language()),
      localHub(ask ? { accessToken: ask } : {}),
    ]);
    if (turn !== this.#turns || !this.isConnected) return;
    this.#storage = ask ? (this.#storage ?? memoryStorage()) : guestStorage(server, this.#storage);
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    fillShadow(root);
    const view = new RoomView({
      root,
      ground: root.getElementById("room")!,
      server: this.#url(),
      port,
      words,
      storage: this.#storage,
      takesFocus: false,
      isVouched: ask !== null,
      onWords: ({ web }) => {
        this.#internals.ariaLabel = web.room;
      },
      onStatus: (status) => this.#onStatus(status),
      onLines: (lines) => this.#onLines(lines),
    });
    this.#internals.role = "region";
    this.#running = { hub, view };
    view.open();
  }

  #url(): string {
    return new URL(this.server, document.baseURI).href.replace(/\/$/, "");
  }

  /** The member stays for the grace: who inserts the element again within it was never away. */
  #stop(): void {
    this.#turns++;
    this.#sight.disconnect();
    document.removeEventListener("visibilitychange", this.#onSight);
    for (const event of ["online", "pageshow"]) removeEventListener(event, this.#wake);
    this.#running?.hub.close();
    this.#running = undefined;
    this.#storage?.release();
  }

  /** Of the nearest `lang` around, else of the browser. */
  #language(): Language {
    const tag = this.closest("[lang]")?.getAttribute("lang") ?? undefined;
    return pageLanguage(languageOf(tag), navigator.languages);
  }

  readonly #wake = () => this.#running?.view.wake();

  readonly #onSight = () => {
    if (document.hidden) return;
    this.#wake();
    if (this.#isInSight) this.#setUnread(0);
  };

  #onStatus(status: Status): void {
    if (status.phase === "in") this.#reason = null;
    if (status.phase === "in" || status.reason === null || status.reason === this.#reason) return;
    this.#reason = status.reason;
    const message = this.#running?.view.problemText(status) ?? "";
    this.#emit("error", { reason: status.reason, message });
  }

  #onLines(lines: readonly Line[]): void {
    const messages = liveMessages(lines).map(messageOf);
    for (const message of messages) this.#emit("message", message);
    if (this.#isInSight && !document.hidden) return;
    const foreign = messages.filter(({ own }) => !own).length;
    this.#setUnread(this.#unread + foreign);
  }

  #setUnread(count: number): void {
    if (count === this.#unread) return;
    this.#unread = count;
    this.#emit("unread", { count });
  }

  #emit<Name extends keyof ParlanceRoomEventMap>(
    name: Name,
    detail: ParlanceRoomEventMap[Name]["detail"],
  ): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function messageOf(line: SpokenLine): RoomMessage {
  const { id = "", sender, senderId = "", text, at: time } = line;
  const common = { id, sender, senderId, text, time };
  return line.kind === "message"
    ? { ...common, kind: "group", recipient: null, own: line.own }
    : { ...common, kind: "private", recipient: line.recipient, own: line.direction !== "in" };
}

// A second copy of this script, such as by another bundle, leaves the first one's element as it is.
if (!customElements.get("parlance-room")) customElements.define("parlance-room", ParlanceRoom);
