/**
 * The messages: all lines that are known as data, and a range of them as rows of the document. Rows are plain elements,
 * at most MAX_ROWS; the end that is further away from the reader is removed in small batches, and scrolling to it brings
 * them back. (Measured: 10,000 rows cost 320 MB in the renderer, and `content-visibility` made scrolling slower.)
 */
import type { Line, SpokenLine } from "../../chat/line.js";
import { withoutErased } from "../../chat/texts/lines.js";
import type { Person } from "../../session/person.js";
import { localDay } from "../../text/clock-text.js";
import { isDated } from "../../text/line-text.js";
import { element, focusedBeside, setText } from "../dom.js";
import type { Batch, Newer, Older, Region } from "../hub/messages.js";
import { type LineContext, lineElement, rule } from "./line-view.js";

export const MAX_ROWS = 2_000;
/** Rows that are added or removed together. */
const STEP = 100;
/** Lines that are kept as data. */
const MAX_LINES = 10_000;

interface Entry {
  readonly line: Line;
  /** Cursor to read back from, for what precedes it; "" if it is not known here. */
  readonly before: string;
}

export interface LogOptions {
  readonly scroller: HTMLElement;
  /** Shown while the newest line is out of sight. */
  readonly latest: HTMLButtonElement;
  readonly context: () => Omit<LineContext, "isEdited">;
  readonly loadOlder: (before: string) => Promise<Older | null>;
  readonly loadNewer: (after: string) => Promise<Newer | null>;
  readonly loadAround: (cursor: string) => Promise<Region | null>;
  /** What is shown when the page opens. */
  readonly loadLatest: () => Promise<readonly Batch[] | null>;
}

export class Log {
  readonly #options: LogOptions;
  readonly #rows = element("div", { class: "rows" });
  readonly #top = element("div", { class: "edge" });
  readonly #bottom = element("div", { class: "edge" });
  #entries: Entry[] = [];
  /** The entries that have rows: from #from up to #to. */
  #from = 0;
  #to = 0;
  /** Whether the reader is at the end, so that new lines scroll into view. */
  #following = true;
  #unseen = 0;
  #atStart = false;
  #loading = false;
  /** An earlier part of the log is shown: where it goes on. Lines that arrive are shown when the reader is back. */
  #visit: { readonly after: string } | null = null;
  /** The latest texts of messages that were edited, by their ids. */
  readonly #edited = new Map<string, string>();

  constructor(options: LogOptions) {
    this.#options = options;
    const { scroller, latest } = options;
    scroller.append(this.#top, this.#rows, this.#bottom);
    latest.addEventListener("click", () => void this.toLatest());
    // When it becomes smaller, as by a search above it, the end stays in sight.
    new ResizeObserver(() => this.#following && this.#scrollToEnd()).observe(scroller);
    const watch = { root: scroller, rootMargin: "120px 0px" };
    new IntersectionObserver(([entry]) => entry?.isIntersecting && this.#reachedTop(), watch).observe(
      this.#top,
    );
    new IntersectionObserver((entries) => this.#reachedBottom(entries.at(-1)!.isIntersecting), watch).observe(
      this.#bottom,
    );
  }

  /** Rows in the document. */
  get size(): number {
    return this.#to - this.#from;
  }

  /** Lines from the hub. `fresh`: instead of all others. */
  add(batches: readonly Batch[], fresh: boolean): void {
    if (fresh) this.#clear();
    const added = batches.flatMap(entriesOf);
    if (added.length === 0) return;
    if (this.#visit) {
      this.#unseen += added.filter(isSpoken).length;
      this.#showLatest();
      return;
    }
    this.#announce(!fresh && added.every(({ line }) => isNew(line)));
    const wasAtEnd = this.#to === this.#entries.length;
    const wasEmpty = this.#entries.length === 0;
    this.#entries.push(...added);
    this.#noteEdits(added);
    if (this.#following || (wasAtEnd && this.size + added.length <= MAX_ROWS)) this.#append(added.length);
    if (this.#following) {
      this.#scrollToEnd();
      this.#trimSoon();
    } else {
      this.#unseen += added.filter(isSpoken).length;
    }
    this.#showLatest();
    if (wasEmpty) this.#watchTop();
  }

  /** A line of this view alone. */
  async show(line: Line): Promise<void> {
    await this.toLatest();
    this.add([{ lines: [line], before: "" }], false);
  }

  /** Drops the texts of these messages and edits. */
  erase(ids: readonly string[]): void {
    const erased = new Set(ids);
    for (const id of ids) this.#edited.delete(id);
    this.#replace((line) => withoutErased(line, erased));
  }

  /** The message of a row, with the text that it has now; null for any other element. */
  messageAt(target: Element): { readonly line: SpokenLine; readonly text: string } | null {
    const line = this.#lineAt(target);
    if (line?.kind !== "message" && line?.kind !== "private") return null;
    return { line, text: this.#edited.get(line.id ?? "") ?? line.text };
  }

  /** The person whose name is within `target`; null if there is none. */
  personAt(target: Element): Person | null {
    const line = this.#lineAt(target);
    switch (line?.kind) {
      case "message":
        return { nickname: line.sender, id: line.senderId ?? "" };
      case "private":
        return line.direction === "out"
          ? { nickname: line.recipient, id: line.recipientId ?? "" }
          : { nickname: line.sender, id: line.senderId ?? "" };
      case "users": {
        const item = target.closest("li");
        const user = item ? line.users[[...item.parentElement!.children].indexOf(item)] : undefined;
        return user ? { nickname: user.nickname, id: user.id ?? "" } : null;
      }
      default:
        return null;
    }
  }

  /** Shows the line of an event in its place, and moves the focus there. Resolves with whether it is there. */
  async reveal({ id, cursor }: { readonly id: string; readonly cursor: string }): Promise<boolean> {
    let index = this.#indexOf(id);
    if (index < 0) {
      const region = await this.#options.loadAround(cursor);
      if (!region) return false;
      this.#visit = { after: region.after };
      this.#entries = entriesOf(region);
      this.#atStart = region.atStart;
      this.#noteEdits(this.#entries);
      index = this.#indexOf(id);
    }
    if (index < 0) {
      await this.toLatest();
      return false;
    }
    this.#following = false;
    this.#announce(false);
    this.#render(Math.max(0, index - STEP), Math.min(this.#entries.length, index + STEP));
    const row = this.#rowOf(index);
    row?.scrollIntoView({ block: "center" });
    row?.classList.add("opened");
    row?.setAttribute("tabindex", "-1");
    row?.focus({ preventScroll: true });
    this.#showLatest();
    return true;
  }

  /** Shows all rows anew, in another language. */
  redraw(): void {
    const { scroller } = this.#options;
    const position = scroller.scrollTop;
    this.#announce(false);
    this.#render(this.#from, this.#to);
    if (this.#following) this.#scrollToEnd();
    else scroller.scrollTop = position;
    this.#showLatest();
  }

  async toLatest(): Promise<void> {
    if (this.#visit) {
      const batches = await this.#options.loadLatest();
      // Meanwhile the lines may be those of another session.
      if (!this.#visit || !batches) return;
      this.add(batches, true);
    }
    this.#following = true;
    this.#unseen = 0;
    const { length } = this.#entries;
    if (this.#to < length) {
      this.#announce(false);
      this.#render(Math.max(0, length - 2 * STEP), length);
    }
    this.#scrollToEnd();
    this.#showLatest();
  }

  #clear(): void {
    this.#entries = [];
    this.#visit = null;
    this.#following = true;
    this.#unseen = 0;
    this.#atStart = false;
    this.#top.replaceChildren();
    this.#render(0, 0);
  }

  #indexOf(id: string): number {
    return this.#entries.findIndex(({ line }) => "id" in line && line.id === id && line.kind !== "quote");
  }

  /** The row of an entry that has one, without the date in front. */
  #rowOf(index: number): HTMLElement | null {
    const child = this.#rows.children[index - this.#from];
    return child?.matches(".day")
      ? child.querySelector<HTMLElement>(".row")
      : ((child as HTMLElement) ?? null);
  }

  #lineAt(target: Element): Line | null {
    let child: Element | null = target;
    while (child && child.parentElement !== this.#rows) child = child.parentElement;
    const index = child ? [...this.#rows.children].indexOf(child) : -1;
    return index < 0 ? null : (this.#entries[this.#from + index]?.line ?? null);
  }

  /** Puts other lines in the place of those that change, in the document, too. */
  #replace(change: (line: Line) => Line): void {
    this.#entries.forEach((entry, index) => {
      const line = change(entry.line);
      if (line === entry.line) return;
      this.#entries[index] = { ...entry, line };
      this.#redrawRow(index);
    });
  }

  #redrawRow(index: number): void {
    if (index < this.#from || index >= this.#to) return;
    const child = this.#rows.children[index - this.#from];
    const hadFocus = child?.contains(focusedBeside(this.#rows)) ?? false;
    child?.replaceWith(...this.#elements(index, index + 1));
    if (hadFocus) this.#rowOf(index)?.focus({ preventScroll: true });
  }

  /** Marks messages whose other text is among these lines. */
  #noteEdits(entries: readonly Entry[]): void {
    const edited = new Set<string>();
    for (const { line } of entries) {
      if (line.kind !== "edited" || !line.messageId) continue;
      if (!line.erased) this.#edited.set(line.messageId, line.text);
      edited.add(line.messageId);
    }
    if (edited.size === 0) return;
    this.#entries.forEach(({ line }, index) => {
      if (line.kind !== "edited" && "id" in line && edited.has(line.id ?? "")) this.#redrawRow(index);
    });
  }

  /** Replayed and earlier lines are not read out. */
  #announce(live: boolean): void {
    this.#options.scroller.setAttribute("aria-live", live ? "polite" : "off");
  }

  #render(from: number, to: number): void {
    this.#from = from;
    this.#to = to;
    this.#rows.replaceChildren(...this.#elements(from, to));
  }

  /** One element for each entry; the first of a day has the date in front. */
  #elements(from: number, to: number): HTMLElement[] {
    const context = { ...this.#options.context(), isEdited: (id: string) => this.#edited.has(id) };
    let day = this.#dayBefore(from);
    return this.#entries.slice(from, to).map(({ line }) => {
      const made = lineElement(line, context);
      if (!isDated(line) || localDay(line.at) === day) return made;
      day = localDay(line.at);
      return element("div", { class: "day" }, rule(context.words.day(line.at)), made);
    });
  }

  #dayBefore(index: number): string {
    const dated = this.#entries.slice(0, index).findLast(({ line }) => isDated(line));
    return dated ? localDay(dated.line.at) : "";
  }

  #append(count: number): void {
    const to = Math.min(this.#entries.length, this.#to + count);
    this.#rows.append(...this.#elements(this.#to, to));
    this.#to = to;
  }

  /** Adds rows above, without moving what is in sight. */
  #prepend(count: number): void {
    const from = Math.max(0, this.#from - count);
    this.#keepPosition(() => {
      // The row that was first may have had the date that now precedes it.
      const first = this.#rows.firstElementChild;
      if (first && this.#from < this.#to) first.replaceWith(...this.#elements(this.#from, this.#from + 1));
      this.#rows.prepend(...this.#elements(from, this.#from));
      this.#from = from;
    });
  }

  #keepPosition(change: () => void): void {
    const { scroller } = this.#options;
    const fromEnd = scroller.scrollHeight - scroller.scrollTop;
    change();
    scroller.scrollTop = scroller.scrollHeight - fromEnd;
  }

  /** Removing many rows at once takes 40 us each: a few at a time, when nothing else is to be done. */
  #trimSoon(): void {
    if (this.size <= MAX_ROWS) {
      this.#forget();
      return;
    }
    const idle = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 50));
    idle(() => {
      if (this.size <= MAX_ROWS) return;
      if (this.#following) this.#dropTop();
      else this.#dropBottom();
      this.#trimSoon();
    });
  }

  #dropTop(): void {
    const count = Math.min(STEP, this.size - MAX_ROWS);
    this.#keepPosition(() => {
      for (let i = 0; i < count; i++) this.#rows.firstElementChild?.remove();
    });
    this.#from += count;
  }

  #dropBottom(): void {
    const count = Math.min(STEP, this.size - MAX_ROWS);
    for (let i = 0; i < count; i++) this.#rows.lastElementChild?.remove();
    this.#to -= count;
  }

  /** Drops the oldest lines, up to one from which the server can be asked for them again. */
  #forget(): void {
    if (this.#entries.length <= MAX_LINES) return;
    const end = Math.min(this.#from, this.#entries.length - MAX_LINES / 2);
    const cut = this.#entries.findLastIndex(({ before }, index) => before !== "" && index <= end);
    if (cut <= 0) return;
    this.#entries.splice(0, cut);
    this.#from -= cut;
    this.#to -= cut;
    this.#atStart = false;
  }

  #reachedTop(): void {
    if (this.#from > 0) {
      this.#prepend(STEP);
      this.#trimSoon();
      this.#watchTop();
    } else void this.#loadOlder();
  }

  async #loadOlder(): Promise<void> {
    const before = this.#entries[0]?.before ?? "";
    if (before === "" || this.#atStart || this.#loading) return;
    this.#loading = true;
    const older = await this.#options.loadOlder(before);
    this.#loading = false;
    // Meanwhile the lines may be those of another session.
    if (older === null || this.#entries[0]?.before !== before) return;
    this.#atStart = older.atStart;
    this.#announce(false);
    const added = entriesOf(older);
    // A page without anything to show: the next one is further back.
    if (added.length === 0) this.#entries[0] = { ...this.#entries[0], before: older.before };
    this.#entries.unshift(...added);
    this.#from += added.length;
    this.#to += added.length;
    // Edits of what is older than they are.
    this.#noteEdits(this.#entries);
    if (added.length > 0) this.#prepend(added.length);
    if (this.#atStart)
      this.#keepPosition(() => this.#top.replaceChildren(rule(this.#options.context().words.web.start)));
    this.#trimSoon();
    this.#watchTop();
  }

  async #loadNewer(after: string): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    const page = await this.#options.loadNewer(after);
    this.#loading = false;
    // Meanwhile the reader may be elsewhere.
    if (!page || this.#visit?.after !== after) return;
    if (page.atEnd) return this.toLatest();
    this.#visit = { after: page.after };
    const added = page.lines.map((line) => ({ line, before: "" }));
    this.#entries.push(...added);
    this.#noteEdits(added);
    this.#announce(false);
    this.#append(added.length);
    this.#dropFarTop();
    if (added.length === 0) return this.#loadNewer(page.after);
  }

  /** An observer reports changes alone: if the edge is still in sight, there is room for more. */
  #watchTop(): void {
    const { scroller } = this.#options;
    if (!this.#atStart && scroller.scrollTop < 120) requestAnimationFrame(() => this.#reachedTop());
  }

  #reachedBottom(isInSight: boolean): void {
    if (isInSight && this.#to < this.#entries.length) {
      this.#announce(false);
      this.#append(STEP);
      this.#dropFarTop();
      return;
    }
    if (this.#visit) {
      if (isInSight) void this.#loadNewer(this.#visit.after);
      return;
    }
    this.#following = isInSight;
    if (isInSight) this.#unseen = 0;
    if (isInSight) this.#trimSoon();
    this.#showLatest();
  }

  /** The reader scrolls down: what is far above goes. */
  #dropFarTop(): void {
    while (this.size > MAX_ROWS) this.#dropTop();
  }

  #showLatest(): void {
    const { latest, context } = this.#options;
    latest.hidden = this.#following;
    setText(latest, `↓ ${context().words.web.newMessages(this.#unseen)}`);
  }

  #scrollToEnd(): void {
    this.#bottom.scrollIntoView({ block: "end" });
  }
}

function entriesOf({ lines, before }: Batch): Entry[] {
  return lines.map((line, index) => ({ line, before: index === 0 ? before : "" }));
}

const isSpoken = ({ line }: Entry) => line.kind === "message" || line.kind === "private";

const isNew = (line: Line) => (line.kind === "message" || line.kind === "private" ? line.live : true);
