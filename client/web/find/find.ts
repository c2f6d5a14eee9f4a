/** The search in past messages, above the log. None of this is needed before the reader searches. */
import type { Line } from "../../chat/line.js";
import { withoutErased } from "../../chat/texts/lines.js";
import { clockText } from "../../text/clock-text.js";
import { problemWords } from "../../text/problem-words.js";
import { sanitizeRow, sanitizeText } from "../../text/sanitize.js";
import { element, setText } from "../dom.js";
import type { Calls, Found } from "../hub/messages.js";
import { name } from "../log/line-view.js";
import type { PageWords } from "../words.js";

export interface FindOptions {
  /** Becomes the search; empty before. */
  readonly panel: HTMLElement;
  readonly words: () => PageWords;
  readonly find: (ask: Calls["find"]["ask"]) => Promise<Calls["find"]["reply"]>;
  /** Shows a message in its place in the log; resolves with whether it is still there. */
  readonly open: (found: Found) => Promise<boolean>;
  readonly onClose: () => void;
}

export class Find {
  readonly #options: FindOptions;
  readonly #form = element("form", { role: "search" });
  readonly #input = element("input", {
    id: "find-text",
    type: "search",
    maxlength: "256",
    autocomplete: "off",
  });
  readonly #label = element("label", { for: "find-text", class: "unseen" });
  readonly #submit = element("button", { type: "submit", class: "primary" });
  readonly #close = element("button", { type: "button" });
  readonly #state = element("p", { role: "status" });
  readonly #list = element("ol", {});
  readonly #more = element("button", { type: "button", hidden: true });
  #text = "";
  #found: readonly Found[] = [];
  #before = "";
  #atStart = false;

  constructor(options: FindOptions) {
    this.#options = options;
    this.#form.append(this.#label, this.#input, this.#submit, this.#close);
    options.panel.append(this.#form, this.#state, this.#list, this.#more);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#search(this.#input.value.trim());
    });
    this.#more.addEventListener("click", () => void this.#further());
    this.#close.addEventListener("click", () => this.close());
    options.panel.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.close();
    });
    this.#list.addEventListener("click", ({ target }) => {
      const at = (target as Element).closest("li");
      const found = at ? this.#found[[...this.#list.children].indexOf(at)] : undefined;
      if (found) void this.#open(found);
    });
  }

  /** Opens the search; with a text, searches for it. */
  open(text: string): void {
    this.#options.panel.hidden = false;
    this.redraw();
    if (text !== "") this.#input.value = text;
    this.#input.focus();
    this.#input.select();
    if (text !== "") void this.#search(text);
  }

  close(): void {
    this.#options.panel.hidden = true;
    this.#options.onClose();
  }

  /** These messages and edits were erased. */
  erase(ids: readonly string[]): void {
    const erased = new Set(ids);
    this.#found = this.#found.filter(
      ({ id, line }) => !erased.has(id) && withoutErased(line, erased) === line,
    );
    this.redraw();
  }

  /** Shows all anew, in the reader's language. */
  redraw(): void {
    const { find, close } = this.#options.words().web;
    setText(this.#label, find.label);
    this.#input.placeholder = find.label;
    setText(this.#submit, find.submit);
    setText(this.#close, close);
    setText(this.#more, find.more);
    this.#list.setAttribute("aria-label", find.results);
    this.#list.replaceChildren(...this.#found.map(({ line }) => this.#row(line)));
    this.#more.hidden = this.#text === "" || this.#atStart;
    this.#list.hidden = this.#found.length === 0;
    if (this.#text !== "") setText(this.#state, this.#summary());
  }

  #summary(): string {
    const { find } = this.#options.words().web;
    const text = sanitizeRow(this.#text);
    if (this.#found.length === 0) return this.#atStart ? find.none(text) : find.noneYet(text);
    return this.#atStart ? find.all : "";
  }

  #search(text: string): Promise<void> {
    if (text === "") return Promise.resolve();
    this.#text = text;
    this.#found = [];
    this.#before = "";
    this.#atStart = false;
    return this.#further();
  }

  async #further(): Promise<void> {
    const { find, words } = this.#options;
    const text = this.#text;
    this.#more.hidden = true;
    setText(this.#state, words().web.find.busy);
    const results = await find({ text, before: this.#before });
    // Meanwhile the reader may have searched for something else.
    if (text !== this.#text) return;
    if (!results || "what" in results) {
      this.redraw();
      setText(this.#state, results ? sanitizeText(problemWords(results, words())) : "");
      return;
    }
    this.#found = [...this.#found, ...results.found.toReversed()];
    this.#before = results.before;
    this.#atStart = results.atStart;
    this.redraw();
  }

  async #open(found: Found): Promise<void> {
    const isThere = await this.#options.open(found);
    if (!isThere) setText(this.#state, this.#options.words().web.find.gone);
  }

  #row(line: Line): HTMLElement {
    const words = this.#options.words();
    const when = element(
      "time",
      { datetime: new Date(line.at).toISOString() },
      `${words.day(line.at)} ${clockText(line.at, "hm")}`,
    );
    const who = "sender" in line ? line.sender : "nickname" in line ? line.nickname : "";
    const text = "text" in line ? sanitizeRow(line.text.normalize("NFC").replace(/\s+/g, " ")) : "";
    const names = typeof who === "string" && who !== "" ? [name(who, false), " "] : [];
    return element(
      "li",
      {},
      element(
        "button",
        { type: "button" },
        element("span", { class: "text", dir: "auto" }, ...names, text),
        when,
      ),
    );
  }
}
