/** The input: what is typed, the popup that completes it, earlier inputs, and what could not be sent. */
import type { Completion } from "../../chat/input/complete.js";
import type { About, Kept, Problem } from "../../chat/line.js";
import { sanitizeRow } from "../../text/sanitize.js";
import { element, focusedBeside } from "../dom.js";
import type { Followed } from "../hub/messages.js";

export interface ComposerOptions {
  readonly form: HTMLFormElement;
  readonly input: HTMLTextAreaElement;
  readonly popup: HTMLElement;
  readonly follow: (text: string) => Promise<Followed | null>;
  readonly submit: (text: string, about: About | null) => Promise<Problem | null>;
  readonly complete: (text: string, cursor: number) => Promise<Completion | null>;
  readonly show: (problem: Problem) => void;
  /** Shows whom the input reaches. */
  readonly showRecipient: (nickname: string | null) => void;
  /** Shows the message that the input is about. */
  readonly showSubject: (subject: Subject | null) => void;
  /** Takes back the last input that waits, if there is one. Returns whether there is. */
  readonly takePending: () => boolean;
  /** Leaves the input for the messages. */
  readonly toLog: () => void;
}

/** A message that the input is about, and how it is shown. */
export interface Subject extends About {
  readonly nickname: string;
  readonly text: string;
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
  /** A completion that is on its way. */
  #awaited: Promise<Completion | null> | null = null;
  #subject: Subject | null = null;
  /** Of inputs under way, which may come back, by the id of the message. */
  readonly #subjects = new Map<string, Subject>();
  /** What is known of the input as it is now. */
  #followed: Promise<Followed | null> = Promise.resolve(null);

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

  /** Begins a reply to a message. */
  reply(subject: Subject): void {
    this.#showSubject(subject);
    this.#options.input.focus();
  }

  /** Begins to change a message of the reader. */
  edit(subject: Subject): void {
    this.#showSubject(subject);
    this.#set(subject.text);
    this.#options.input.focus();
  }

  /** The input is no longer about a message; the new text of one is dropped. */
  dropSubject(): void {
    const wasEdit = this.#subject?.does === "edit";
    this.#showSubject(null);
    if (wasEdit) this.#set("");
    this.#options.input.focus();
  }

  /** These messages were erased. */
  forget(ids: readonly string[]): void {
    for (const id of ids) this.#subjects.delete(id);
    if (this.#subject && ids.includes(this.#subject.id)) this.dropSubject();
  }

  /** An input is back, to be changed. */
  takeBack(text: string, about: About | null): void {
    this.#showSubject((about && this.#subjects.get(about.id)) ?? null);
    this.#set(text);
    this.#options.input.focus();
  }

  #showSubject(subject: Subject | null): void {
    this.#subject = subject;
    if (subject) this.#subjects.set(subject.id, subject);
    this.#options.showSubject(subject);
  }

  #set(text: string): void {
    const { input } = this.#options;
    input.value = text;
    input.setSelectionRange(text.length, text.length);
    this.#grow();
    void this.#follow();
  }

  async #follow(): Promise<void> {
    const { input, follow, showRecipient } = this.#options;
    const text = input.value;
    this.#followed = follow(text);
    const followed = await this.#followed;
    if (input.value !== text) return;
    showRecipient(followed?.recipient ?? null);
    input.classList.toggle("secret", followed?.isSecret ?? false);
  }

  #grow(): void {
    const { input } = this.#options;
    input.rows = Math.min(MAX_ROWS, input.value.split("\n").length);
  }

  #typed(): void {
    this.#browsing = null;
    this.#grow();
    void this.#suggest();
    void this.#follow();
  }

  async #submit(): Promise<void> {
    const { input, submit, show } = this.#options;
    const text = input.value;
    const subject = this.#subject;
    this.#close();
    if (text.trim() === "") return;
    void this.#remember(text, this.#followed);
    this.#browsing = null;
    // Before the empty input, so that the hub still knows whom the text addresses.
    const submitted = submit(text, subject && { does: subject.does, id: subject.id });
    this.#showSubject(null);
    this.#set("");
    const problem = await submitted;
    if (!problem) return;
    const kept: Kept = input.value === "" ? "input" : "none";
    if (kept === "input") {
      this.#showSubject(subject);
      this.#set(text);
    }
    show("kept" in problem ? { ...problem, kept } : problem);
  }

  async #remember(text: string, followed: Promise<Followed | null>): Promise<void> {
    if ((await followed)?.isSecret) return;
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
    if (key === "Tab" && plain && this.#awaited) {
      event.preventDefault();
      // The one that awaits it first opens it.
      void this.#awaited.then(() => this.#completion && this.#accept(Math.max(0, this.#chosen)));
      return;
    }
    if (key === "Enter" && plain) {
      event.preventDefault();
      this.#options.form.requestSubmit();
    } else if (key === "Escape" && plain) {
      if (this.#subject) this.dropSubject();
      else this.#options.toLog();
    } else if (key === "ArrowUp" && plain && (this.#takePending() || this.#recall(-1)))
      event.preventDefault();
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

  /** On an empty input, as in the terminal. */
  #takePending(): boolean {
    return this.#options.input.value === "" && !this.#browsing && this.#options.takePending();
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
    const awaited = opens ? complete(value, selectionStart) : null;
    this.#awaited = awaited;
    const found = await awaited;
    if (this.#awaited === awaited) this.#awaited = null;
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
