import { sanitizeRow } from "../../text/sanitize.js";
import { element } from "../dom.js";
import type { PendingLine } from "../hub/messages.js";
import type { PageWords } from "../words.js";

export interface PendingRowsOptions {
  readonly list: HTMLOListElement;
  readonly words: () => PageWords;
  /** Takes a line back into the input. */
  readonly edit: (id: number) => void;
  readonly cancel: (id: number) => void;
}

/** The inputs that wait, above the input, in the order in which they will be sent. */
export class PendingRows {
  readonly #options: PendingRowsOptions;
  #lines: readonly PendingLine[] = [];
  /** Counts down while the rate limit holds a line up. */
  #ticks: ReturnType<typeof setInterval> | undefined;

  constructor(options: PendingRowsOptions) {
    this.#options = options;
  }

  show(lines: readonly PendingLine[]): void {
    // Whatever else has changed: a button in a row may have the focus.
    if (JSON.stringify(lines) === JSON.stringify(this.#lines)) return;
    this.#lines = lines;
    clearInterval(this.#ticks);
    if (lines.some(({ retryAtMs }) => retryAtMs !== null))
      this.#ticks = setInterval(() => this.#draw(), 1_000);
    this.#draw();
  }

  /** In another language. */
  redraw(): void {
    this.#draw();
  }

  /** Takes the last one back that is not under way. Returns whether there is one. */
  takeLast(): boolean {
    const last = this.#lines.findLast(({ isSending }) => !isSending);
    if (last) this.#options.edit(last.id);
    return last !== undefined;
  }

  #draw(): void {
    const { list, words } = this.#options;
    const { web } = words();
    list.hidden = this.#lines.length === 0;
    list.setAttribute("aria-label", web.pending.heading);
    list.replaceChildren(...this.#lines.map((line) => this.#row(line)));
  }

  #row({ id, text, place, isSending, retryAtMs }: PendingLine): HTMLElement {
    const { edit, cancel, words } = this.#options;
    const { pending, web } = words();
    const waitMs = retryAtMs === null ? 0 : retryAtMs - Date.now();
    const state = isSending ? pending.unconfirmed : waitMs > 0 ? pending.waiting(waitMs) : "";
    const row = sanitizeRow(text.replace(/\s+/g, " "));
    const button = (label: string, run: (id: number) => void) => {
      const made = element("button", { type: "button", "aria-label": `${label} ${row}` }, label);
      made.addEventListener("click", () => run(id));
      return made;
    };
    return element(
      "li",
      {},
      element("span", { class: "place" }, pending.place(place, this.#lines.length)),
      element("span", { class: "text", dir: "auto" }, row, state),
      ...(isSending ? [] : [button(web.pending.edit, edit), button(web.pending.cancel, cancel)]),
    );
  }
}
