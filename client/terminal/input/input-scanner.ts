/**
 * Splits the input of a terminal into keys, pastes and reports, so that node:readline only receives complete sequences
 * that it knows: of longer ones (OSC and DCS responses, private CSI) it would take the tail for typed text.
 * Grammar: ECMA-48 5.4 (CSI), 5.6 (OSC, DCS, SOS, PM, APC).
 */

import { PasteText } from "./paste.js";

export type InputToken =
  /** Text and complete key sequences, for readline. */
  | { readonly kind: "keys"; readonly data: string }
  /** A piece of a bracketed paste, see `PasteText`. */
  | { readonly kind: "paste"; readonly text: string }
  /** Response to `CSI 6n`, both from 1. Some terminals send the same for a modified F3. */
  | { readonly kind: "cursor"; readonly row: number; readonly column: number }
  /** Response to `CSI > c` (DA2): numbers joined by semicolons. */
  | { readonly kind: "attributes"; readonly parameters: string }
  /** Whether the window has the focus (mode 1004). */
  | { readonly kind: "focus"; readonly isFocused: boolean }
  /** A lone Esc. */
  | { readonly kind: "escape" };

const ESC = "\x1b";
const pasteEnd = "\x1b[201~";
/** Longer than any response of a terminal; beyond it the start was typed (Alt-], Alt-P). */
const maxStringSequence = 4096;

const csi = /^\x1b\[[0-?]*[ -/]*[@-~]/;
const csiStarted = /^\x1b\[[0-?]*[ -/]*$/;
/** The Linux console's F1-F5. */
const consoleFunctionKey = /^\x1b\[\[[A-E]/;
const singleShift = /^\x1bO[0-9]?[A-Za-z]/;
/** Any other control character inside means that the opening was typed. */
const stringSequence = /^\x1b[\]PX^_][^\x00-\x1f]*(?:\x07|\x1b\\)/;
const stringStarted = /^\x1b[\]PX^_][^\x00-\x1f]*\x1b?$/;
/** The CSI sequences that readline parses whole: of any longer one it would take the tail for text. */
const readlineKey = /^\x1b\[(?:\d{1,2}(?:;\d)?[~^$]|\d{3}~|(?:(?:\d;)?\d)?[A-Za-z])$/;
/** A report of xterm's oldest mouse mode: button, column and row, one character each. */
const x10Mouse = /^\x1b\[M[\s\S]{3}/;
const x10MouseStarted = /^\x1b\[M[\s\S]{0,2}$/;
/** Esc, or the 8-bit form of Esc with a character from @ to _ (C1). */
const sequenceStart = /[\x1b\x80-\x9f]/;
const cursorReport = /^\x1b\[(\d+);(\d+)R$/;
const attributesReport = /^\x1b\[>([\d;]+)c$/;

/** A C1 control as Esc and a character. */
const in7Bits = (control: string): string => ESC + String.fromCharCode(control.charCodeAt(0) - 0x40);

/** Length of the longest end of `text` that may be the start of `mark`. */
function partialEnd(text: string, mark: string): number {
  for (let length = Math.min(mark.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(mark.slice(0, length))) return length;
  }
  return 0;
}

export class InputScanner {
  #pending = "";
  #pasting = false;
  readonly #pasteText = new PasteText();

  /** True while an Esc waits for what may follow it. */
  get waitingBehindEscape(): boolean {
    return !this.#pasting && this.#pending === ESC;
  }

  /** True while a started sequence waits for its rest. */
  get waiting(): boolean {
    return !this.#pasting && this.#pending !== "";
  }

  /** True between the marks of a bracketed paste. */
  get pasting(): boolean {
    return this.#pasting;
  }

  /** The tokens that `chunk` completes. */
  push(chunk: string): InputToken[] {
    this.#pending += chunk;
    return this.#scan();
  }

  /** Stops waiting for the rest of a started sequence; nothing of it becomes text. */
  expire(): InputToken[] {
    if (this.#pasting || this.#pending === "") return [];
    if (this.#pending === ESC || this.#pending === ESC + ESC) {
      this.#pending = "";
      return [{ kind: "escape" }];
    }
    // A string's opening may be a typed Alt-]: only the opening is dropped, the text typed after it is kept.
    if (/^\x1b[\]PX^_]/.test(this.#pending)) this.#take(2);
    else this.#pending = "";
    return this.#scan();
  }

  /** Ends a paste whose end mark did not arrive. */
  endPaste(): InputToken[] {
    if (!this.#pasting) return [];
    this.#pasteText.end();
    this.#pending = ""; // at most half an end mark
    this.#pasting = false;
    return [];
  }

  #pasted(piece: string): InputToken[] {
    const text = this.#pasteText.push(piece);
    return text === "" ? [] : [{ kind: "paste", text }];
  }

  #scanPaste(out: InputToken[]): boolean {
    const end = this.#pending.indexOf(pasteEnd);
    if (end >= 0) {
      out.push(...this.#pasted(this.#pending.slice(0, end)));
      this.#pasteText.end();
      this.#pending = this.#pending.slice(end + pasteEnd.length);
      this.#pasting = false;
      return true;
    }
    const held = partialEnd(this.#pending, pasteEnd);
    out.push(...this.#pasted(this.#pending.slice(0, this.#pending.length - held)));
    this.#pending = this.#pending.slice(this.#pending.length - held);
    return false;
  }

  #take(length: number): string {
    const taken = this.#pending.slice(0, length);
    this.#pending = this.#pending.slice(length);
    return taken;
  }

  #scanCsi(out: InputToken[]): boolean {
    const known = consoleFunctionKey.exec(this.#pending);
    if (known) {
      out.push({ kind: "keys", data: this.#take(known[0].length) });
      return true;
    }
    if (this.#pending === "\x1b[[" || x10MouseStarted.test(this.#pending)) return false;
    const mouse = x10Mouse.exec(this.#pending);
    if (mouse) {
      this.#take(mouse[0].length);
      return true;
    }
    const found = csi.exec(this.#pending);
    if (!found) {
      if (csiStarted.test(this.#pending)) return false;
      this.#take(2); // interrupted by a control character: what follows is independent
      return true;
    }
    const sequence = this.#take(found[0].length);
    const report = cursorReport.exec(sequence);
    const attributes = attributesReport.exec(sequence)?.[1];
    if (sequence === "\x1b[200~") this.#pasting = true;
    else if (sequence === "\x1b[I" || sequence === "\x1b[O")
      out.push({ kind: "focus", isFocused: sequence === "\x1b[I" });
    else if (report) out.push({ kind: "cursor", row: Number(report[1]), column: Number(report[2]) });
    else if (attributes) out.push({ kind: "attributes", parameters: attributes });
    else if (readlineKey.test(sequence)) out.push({ kind: "keys", data: sequence });
    return true;
  }

  /** One sequence at the start of `pending`; false: its rest has not arrived yet. */
  #scanEscape(out: InputToken[]): boolean {
    const next = this.#pending[1];
    if (next === undefined) return false;
    if (next === "[") return this.#scanCsi(out);
    if (next === ESC) {
      // Esc Esc [ D is Alt-Left on some terminals; an Esc before anything else is a key of its own.
      if (this.#pending.length < 3) return false;
      out.push({ kind: "escape" });
      this.#take(1);
      return true;
    }
    if (next === "O") {
      const found = singleShift.exec(this.#pending);
      if (found) out.push({ kind: "keys", data: this.#take(found[0].length) });
      else if (this.#pending.length < 4 && /^\x1bO[0-9]?$/.test(this.#pending)) return false;
      else this.#take(2);
      return true;
    }
    if ("]PX^_".includes(next)) {
      const found = stringSequence.exec(this.#pending);
      if (found) this.#take(found[0].length);
      else if (this.#pending.length <= maxStringSequence && stringStarted.test(this.#pending)) return false;
      else this.#take(2);
      return true;
    }
    out.push({
      kind: "keys",
      data: this.#take(1 + String.fromCodePoint(this.#pending.codePointAt(1) ?? 0).length),
    });
    return true;
  }

  #scan(): InputToken[] {
    const out: InputToken[] = [];
    let more = true;
    while (more && this.#pending !== "") {
      if (this.#pasting) {
        more = this.#scanPaste(out);
        continue;
      }
      const start = this.#pending.search(sequenceStart);
      if (start === 0) {
        this.#pending = this.#pending.replace(/^[\x80-\x9f]/, in7Bits);
        more = this.#scanEscape(out);
      } else out.push({ kind: "keys", data: this.#take(start < 0 ? this.#pending.length : start) });
    }
    return out;
  }
}
