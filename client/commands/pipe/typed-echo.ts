import { type Parsed, textOf } from "../../chat/input/parse.js";
import type { Line } from "../../chat/line.js";

/** Texts that are awaited at once, at most: one a line of input, and each has its response before the next. */
const MAX_AWAITED = 100;

/**
 * On a terminal, a line that was typed is on the screen already: what comes back of it is not written a second time, which
 * a screen reader would read out again. What the person sends elsewhere is.
 */
export class TypedEcho {
  readonly #awaited: string[] = [];

  /** A line is about to be sent. Returns how to take that back, for one that was refused. */
  typed(parsed: Parsed): () => void {
    const text = textOf(parsed)?.normalize("NFC");
    if (text === undefined) return () => {};
    this.#awaited.push(text);
    if (this.#awaited.length > MAX_AWAITED) this.#awaited.shift();
    return () => void this.#take(text);
  }

  /** Whether a line is what was typed, which happens once for each. */
  isEchoOf(line: Line): boolean {
    const isOwn = line.kind === "message" ? line.own : line.kind === "private" && line.direction !== "in";
    return isOwn && "text" in line && this.#take(line.text.normalize("NFC"));
  }

  #take(text: string): boolean {
    const at = this.#awaited.indexOf(text);
    if (at >= 0) this.#awaited.splice(at, 1);
    return at >= 0;
  }
}
