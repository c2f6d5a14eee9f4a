/** What the browser keeps for a room: a session to go on with, and the language. */
import type { Ignored } from "../chat/state.js";
import type { Language } from "../i18n/language.js";
import { isKeptPerson } from "../session/person.js";
import { NOTIFY_LEVELS, type NotifyLevel } from "../text/notable.js";
import type { Stored } from "./hub/messages.js";

export interface Kept {
  readonly session?: Stored | null;
  readonly language?: Language;
  readonly notify?: NotifyLevel;
  /** People whom the reader ignores. */
  readonly ignored?: readonly Ignored[];
}

/** Storage of the browser, or memory where the browser refuses to store anything. */
export class PageStorage {
  readonly key: string;
  #kept: Kept = {};
  #written = "";
  /** Whether a reload finds what is kept. */
  readonly works: boolean;

  readonly #area: () => Storage;

  /** `key`: with the base URL of the room, because several rooms may share an origin. `area`: throws if it is refused. */
  constructor(key: string, area = () => localStorage) {
    this.key = key;
    this.#area = area;
    try {
      const text = area().getItem(this.key) ?? "{}";
      this.#kept = readKept(text);
      this.#written = text;
      area().setItem(this.key, text);
      this.works = true;
    } catch {
      this.works = false;
    }
  }

  get kept(): Kept {
    return this.#kept;
  }

  /** Changes what is kept; it is written at once. */
  keep(change: Kept): void {
    this.#kept = { ...this.#kept, ...change };
    const text = JSON.stringify(this.#kept);
    if (!this.works || text === this.#written) return;
    this.#written = text;
    try {
      this.#area().setItem(this.key, text);
    } catch {
      // The browser's quota is used up: the session then lasts as long as a tab is open.
    }
  }
}

/** What was kept by this or another version of the page; nothing of what cannot be used. */
function readKept(text: string): Kept {
  try {
    const { session, language, notify, ignored } = JSON.parse(text) as Kept;
    const isUsable =
      typeof session?.token === "string" &&
      typeof session.self?.nickname === "string" &&
      typeof session.self.id === "string" &&
      typeof session.cursor === "string" &&
      typeof session.seenMs === "number";
    return {
      ...(isUsable && { session }),
      ...((language === "en" || language === "zh-CN") && { language }),
      ...(notify && NOTIFY_LEVELS.includes(notify) && { notify }),
      ...(Array.isArray(ignored) && { ignored: ignored.filter(isKeptPerson) }),
    };
  } catch {
    return {};
  }
}
