const dropped = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** The text of a paste from its pieces: LF line ends, no control characters, without the line end behind the last row. */
export class PasteText {
  /** The line end of the last piece: it belongs to the text only if more follows. */
  #held = "";

  push(piece: string): string {
    const text = this.#held + piece;
    this.#held = /(?:\r\n|\r|\n)$/.exec(text)?.[0] ?? "";
    return text
      .slice(0, text.length - this.#held.length)
      .replace(/\r\n?/g, "\n")
      .replace(dropped, "");
  }

  /** Returns the line end that is left out: empty, or LF. */
  end(): string {
    const held = this.#held === "" ? "" : "\n";
    this.#held = "";
    return held;
  }
}
