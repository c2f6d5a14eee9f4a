/** The input: what is typed, the popup that completes it, earlier inputs, and what could not be sent. */
import type { Completion } from "../../chat/input/complete.js";
import type { Kept, Problem } from "../../chat/line.js";
import { sanitizeRow } from "../../text/sanitize.js";
import { element, focusedBeside } from "../dom.js";

export interface ComposerOptions {
  readonly form: HTMLFormElement;
  readonly input: HTMLTextAreaElement;
  readonly popup: HTMLElement;
  readonly follow: (text: string) => void;
  readonly submit: (text: string) => Promise<Problem | null>;
  readonly complete: (text: string, cursor: number) => Promise<Completion | null>;
  readonly show: (problem: Problem) => void;
  /** Leaves the input for the messages. */
  readonly toLog: () => void;
}

/** Inputs that Up brings back. */
const MAX_EARLIER = 100;
/** Rows that the input grows to. */
const MAX_ROWS = 6;
/** The start of a word that is completed while it is typed: a name after @, a command. */
const OPENS = /(?:^[/／、]\S*|[@＠][^\s@＠]*)$/;

export class Composer {
  readonly #options: ComposerOptions;
  readonly #earlier: string[] = [];
  /** Which earlier input is shown, and what was typed before; null: none. */
  #browsing: { index: number; readonly draft: string } | null = null;
  #completion: Completion | null = null;
  /** The chosen candidate; -1: none yet. */
  #chosen = -1;

  constructor(options: ComposerOptions) {
    this.#options = options;
    const { form, input, popup } = options;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    input.addEventListener("input", () => this.#typed());
    input.addEventListener("keydown", (event) => this.#onKey(event));
    input.addEventListener("blur", () => this.#close());
    // Before the input loses the focus.
    popup.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const option = (event.target as Element).closest("[role=option]");
      if (option) this.#accept([...popup.children].indexOf(option));
    });
  }

  /** Begins a private message. */
  address(nickname: string): void {
    const { input } = this.#options;
    const text = input.value.replace(/^[@＠]\S*\s*/, "");
    this.#set(`@${nickname} ${text}`);
    input.focus();
  }

  #set(text: string): void {
    const { input } = this.#options;
    input.value = text;
    input.setSelectionRange(text.length, text.length);
    this.#grow();
    this.#options.follow(text);
  }

  #grow(): void {
    const { input } = this.#options;
    input.rows = Math.min(MAX_ROWS, input.value.split("\n").length);
  }

  #typed(): void {
    this.#browsing = null;
    this.#grow();
    const { input } = this.#options;
    this.#options.follow(input.value);
    void this.#suggest();
  }

  async #submit(): Promise<void> {
    const { input, submit, show } = this.#options;
    const text = input.value;
    this.#close();
    if (text.trim() === "") return;
    this.#remember(text);
    this.#browsing = null;
    // Before the empty input, so that the hub still knows whom the text addresses.
    const submitted = submit(text);
    this.#set("");
    const problem = await submitted;
    if (!problem) return;
    const kept: Kept = input.value === "" ? "input" : "none";
    if (kept === "input") this.#set(text);
    show("kept" in problem ? { ...problem, kept } : problem);
  }

  #remember(text: string): void {
    if (this.#earlier.at(-1) !== text) this.#earlier.push(text);
    if (this.#earlier.length > MAX_EARLIER) this.#earlier.shift();
  }

  #onKey(event: KeyboardEvent): void {
    // The keys of an input method are its own; 229 is how some browsers report them.
    if (event.isComposing || event.keyCode === 229) return;
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    const plain = !shiftKey && !ctrlKey && !metaKey && !altKey;
    if (this.#completion && plain && this.#onPopupKey(key)) {
      event.preventDefault();
      return;
    }
    if (key === "Enter" && plain) {
      event.preventDefault();
      this.#options.form.requestSubmit();
    } else if (key === "Escape" && plain) this.#options.toLog();
    else if (key === "ArrowUp" && plain && this.#recall(-1)) event.preventDefault();
    else if (key === "ArrowDown" && plain && this.#recall(1)) event.preventDefault();
  }

  /** Returns whether the key was for the popup. */
  #onPopupKey(key: string): boolean {
    const count = this.#completion!.candidates.length;
    switch (key) {
      case "ArrowDown":
        this.#choose((this.#chosen + 1) % count);
        return true;
      case "ArrowUp":
        this.#choose((this.#chosen + count) % (count + 1) || count - 1);
        return true;
      case "Tab":
        this.#accept(Math.max(0, this.#chosen));
        return true;
      case "Enter":
        if (this.#chosen < 0) return false;
        this.#accept(this.#chosen);
        return true;
      case "Escape":
        this.#close();
        return true;
      default:
        return false;
    }
  }

  /** Shows an earlier input, if the caret cannot move up or down in this one. Returns whether it did. */
  #recall(step: 1 | -1): boolean {
    const { input } = this.#options;
    const { value, selectionStart } = input;
    const isAtEdge =
      step < 0 ? !value.slice(0, selectionStart).includes("\n") : !value.slice(selectionStart).includes("\n");
    const from = this.#browsing ?? { index: this.#earlier.length, draft: value };
    const index = from.index + step;
    if (!isAtEdge || index < 0 || index > this.#earlier.length) return false;
    this.#set(this.#earlier[index] ?? from.draft);
    this.#browsing = index === this.#earlier.length ? null : { index, draft: from.draft };
    return true;
  }

  async #suggest(): Promise<void> {
    const { input, complete } = this.#options;
    const { value, selectionStart } = input;
    const opens = OPENS.test(value.slice(0, selectionStart));
    const found = opens ? await complete(value, selectionStart) : null;
    // Meanwhile something else may have been typed.
    if (input.value !== value || input.selectionStart !== selectionStart || focusedBeside(input) !== input)
      return;
    if (!found) return this.#close();
    this.#open(found);
  }

  #open(completion: Completion): void {
    const { input, popup } = this.#options;
    this.#completion = completion;
    popup.replaceChildren(
      ...completion.candidates.map(({ label }, index) =>
        element(
          "div",
          { role: "option", id: `option-${index}`, "aria-selected": "false" },
          element("bdi", {}, sanitizeRow(label)),
        ),
      ),
    );
    popup.hidden = false;
    input.setAttribute("aria-controls", popup.id);
    // Enter runs a command that is typed; a name is chosen by it.
    this.#choose(completion.candidates[0]!.label.startsWith("/") ? -1 : 0);
  }

  #choose(index: number): void {
    const { input, popup } = this.#options;
    this.#chosen = index;
    [...popup.children].forEach((option, at) => {
      option.setAttribute("aria-selected", String(at === index));
    });
    const chosen = popup.children[index];
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) input.setAttribute("aria-activedescendant", chosen.id);
    else input.removeAttribute("aria-activedescendant");
  }

  #accept(index: number): void {
    const { input } = this.#options;
    const { start, end, candidates } = this.#completion!;
    const { text } = candidates[index]!;
    this.#close();
    const rest = input.value.slice(end);
    this.#set(input.value.slice(0, start) + text + rest);
    input.setSelectionRange(start + text.length, start + text.length);
    input.focus();
  }

  #close(): void {
    const { input, popup } = this.#options;
    this.#completion = null;
    this.#chosen = -1;
    popup.hidden = true;
    popup.replaceChildren();
    input.removeAttribute("aria-activedescendant");
    input.removeAttribute("aria-controls");
  }
}
