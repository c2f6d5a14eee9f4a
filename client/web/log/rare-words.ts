/** The words of rare lines, and what composes them: loaded when the first such line is to be shown. */
import type { PageWords } from "../words.js";
import type { LoadedWords } from "./rare.js";

export class RareWords {
  readonly #words: () => PageWords;
  #loaded: LoadedWords | null = null;
  #locale = "";
  #loading: Promise<void> | null = null;
  /** What waits for the words. */
  #waiting: (() => void)[] = [];

  constructor(words: () => PageWords) {
    this.#words = words;
  }

  /** null: they could not be loaded; the server may be away, or be another version by now. */
  get loaded(): LoadedWords | null {
    return this.#loaded;
  }

  /** Runs `show` at once, or if it `needs` these words, when they are loaded; always in the order of the calls. */
  when(needs: boolean, show: () => void): void {
    if (this.#waiting.length === 0 && (!needs || this.#isCurrent())) {
      show();
      return;
    }
    this.#waiting.push(show);
    if (this.#waiting.length === 1) void this.load().then(() => this.#run());
  }

  /** Loads them in the language of the page. Resolves in any case. */
  load(): Promise<void> {
    if (this.#isCurrent()) return Promise.resolve();
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #load(): Promise<void> {
    const words = this.#words();
    try {
      const { loadWords } = await import("../later.js");
      this.#loaded = await loadWords(words);
      this.#locale = words.locale;
    } catch {
      // What needs them states that the page is to be reloaded.
    }
  }

  #isCurrent(): boolean {
    return this.#loaded !== null && this.#locale === this.#words().locale;
  }

  #run(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const show of waiting) show();
  }
}
