/** The lines of a stay: those of one frame go to the views together, and are kept for tabs that open later. */
import type { Line } from "../../chat/line.js";
import { withoutErased } from "../../chat/texts/lines.js";
import type { Batch, Found } from "./messages.js";

/** Lines that a tab receives when it opens. */
const KEPT_LINES = 500;
/** Lines that arrive within this time go to the tabs together, ms: one frame. */
const FLUSH_MS = 16;

export interface KeptLinesOptions {
  readonly onBatch: (batch: Batch) => void;
  /** Called after each frame with a change, lines or not. */
  readonly onFlush: () => void;
}

export class KeptLines {
  readonly #options: KeptLinesOptions;
  /** Oldest first. */
  #batches: readonly Batch[] = [];
  #pending: readonly Line[] = [];
  /** Cursor of the first event since the last flush that printed something. */
  #before = "";
  #isFlushing = false;
  /** Ids of messages and edits that were erased since this hub runs. */
  readonly #erased = new Set<string>();

  constructor(options: KeptLinesOptions) {
    this.#options = options;
  }

  /** For a view that opens. */
  get batches(): readonly Batch[] {
    return this.#batches;
  }

  add(lines: readonly Line[]): void {
    this.#pending = [...this.#pending, ...lines];
    this.flushSoon();
  }

  /** The lines that follow are of the event at this cursor, or of later ones. */
  reached(cursor: string): void {
    this.#before ||= cursor;
  }

  /** Sends a batch, and keeps it. */
  keep(batch: Batch): void {
    const shown = this.shown(batch);
    const batches = [...this.#batches, shown];
    let count = batches.reduce((sum, { lines }) => sum + lines.length, 0);
    while (batches.length > 1 && count > KEPT_LINES) count -= batches.shift()!.lines.length;
    this.#batches = batches;
    this.#options.onBatch(shown);
  }

  /** Drops the texts of these messages and edits, here and from what is still to come. */
  erase(ids: readonly string[]): void {
    for (const id of ids) this.#erased.add(id);
    this.#batches = this.#batches.map((batch) => this.shown(batch));
    this.#pending = this.shown({ lines: this.#pending }).lines;
  }

  /** Lines as they may be shown by now: some were read, or held, before their texts were erased. */
  shown<Some extends { readonly lines: readonly Line[] } | null>(some: Some): Some {
    if (!some || this.#erased.size === 0) return some;
    return { ...some, lines: some.lines.map((line) => withoutErased(line, this.#erased)) };
  }

  /** What was found, without what was erased meanwhile. */
  found(found: readonly Found[]): readonly Found[] {
    return found.filter(
      ({ id, line }) => !this.#erased.has(id) && withoutErased(line, this.#erased) === line,
    );
  }

  /** The stay is over. */
  clear(): void {
    this.#batches = [];
    this.#pending = [];
    this.#before = "";
  }

  flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setTimeout(() => {
      this.#isFlushing = false;
      this.#flush();
    }, FLUSH_MS);
  }

  #flush(): void {
    if (this.#pending.length > 0) {
      const batch = { lines: this.#pending, before: this.#before };
      this.#pending = [];
      this.#before = "";
      this.keep(batch);
    }
    this.#options.onFlush();
  }
}
