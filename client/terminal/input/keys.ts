/** Bytes from a terminal -> Key values, by node:readline's key table behind an input scanner. */
import { EventEmitter } from "node:events";
import { emitKeypressEvents } from "node:readline";
import { StringDecoder } from "node:string_decoder";
import { InputScanner, type InputToken } from "./input-scanner.js";
import { PasteText } from "./paste.js";
import { isPasteWithoutMarks, plainOf } from "./unmarked-paste.js";

/**
 * A key press or a paste.
 *
 * `text`: typed characters, one code point or more, never a control character.
 * `paste`: a piece of a paste; line ends are LF, control characters are removed.
 * `chord`: a key with its modifiers in the order `ctrl-alt-shift-`, such as `left`, `ctrl-a`, `alt-return`, `shift-tab`,
 * `escape`. Shift is named only where it does not produce another character.
 */
export type Key =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "paste"; readonly text: string }
  | { readonly kind: "chord"; readonly chord: string };

export interface KeyParserOptions {
  /** The keys of one chunk, at least one. */
  readonly onKeys: (keys: readonly Key[]) => void;
  /** A cursor report (`CSI 6n`), row and column from 1. */
  readonly onCursorReport?: (row: number, column: number) => void;
  /** Whether the window has the focus (mode 1004). */
  readonly onFocus?: (isFocused: boolean) => void;
  /** Secondary device attributes (`CSI > c`): numbers joined by semicolons. */
  readonly onAttributes?: (parameters: string) => void;
  /** A read had bytes that are not UTF-8; its keys follow, with U+FFFD in their place. */
  readonly onNotUtf8?: () => void;
  /** How long the rest of a sequence may take, ms. Default 500, as readline's. */
  readonly sequenceTimeoutMs?: number;
  /** How long what follows an Esc may take, ms, to be Alt with a key. Default 100: terminals send both at once. */
  readonly escapeTimeoutMs?: number;
  /** How long the next piece of a paste without marks may take, ms. Default 100. */
  readonly pasteGapMs?: number;
  /** How long a paste may lack its end mark, ms. Default 10,000. */
  readonly pasteTimeoutMs?: number;
}

export interface KeyParser {
  push(chunk: Uint8Array | string): void;
  /** Discards a partial sequence and stops all timers. */
  close(): void;
}

interface KeypressEvent {
  readonly sequence?: string;
  readonly name?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly shift?: boolean;
}

const control = /[\x00-\x1f\x7f-\x9f]/;
/** Keys whose string, if readline passes one, is not text. */
const named = new Set(["return", "tab", "backspace", "escape"]);
/**
 * A chunk above this size cannot be one keystroke, so it proves that a paste is still arriving. Otherwise typing after a
 * lost end mark would keep paste mode on.
 */
const keystrokeMaxLength = 16;

/** A readline keypress as a Key, or undefined for one that is to be ignored. */
export function keyOf(text: string | undefined, event: KeypressEvent): Key | undefined {
  const { name, ctrl = false, meta = false, shift = false } = event;
  // Ctrl-J arrives as `enter` without ctrl.
  if (name === "enter") return { kind: "chord", chord: "ctrl-j" };
  // Ctrl-_, and on many terminals Ctrl-/, arrives without a name.
  if (text === "\x1f") return { kind: "chord", chord: "ctrl-_" };
  if (text !== undefined && !ctrl && !meta && !(name && named.has(name)) && text !== "") {
    return control.test(text) ? undefined : { kind: "text", text };
  }
  if (!name || name === "undefined") return undefined;
  const withShift = shift && (name.length > 1 || ctrl || meta);
  const chord = `${ctrl ? "ctrl-" : ""}${meta ? "alt-" : ""}${withShift ? "shift-" : ""}${name}`;
  return { kind: "chord", chord };
}

/** Reads keys from chunks of a terminal in raw mode; chunks may split characters and sequences anywhere. */
export function createKeyParser(options: KeyParserOptions): KeyParser {
  const { onKeys, onCursorReport, onFocus, onAttributes, onNotUtf8 } = options;
  const {
    sequenceTimeoutMs = 500,
    escapeTimeoutMs = 100,
    pasteTimeoutMs = 10_000,
    pasteGapMs = 100,
  } = options;
  const decoder = new TypedText();
  const strayC1 = new StrayC1();
  const scanner = new InputScanner();
  // emitKeypressEvents takes a stream but only listens for `data`; a bare emitter delivers synchronously.
  const source = new EventEmitter() as NodeJS.ReadableStream & EventEmitter;
  let batch: Key[] = [];
  let sequenceTimer: NodeJS.Timeout | undefined;
  let pasteTimer: NodeJS.Timeout | undefined;
  /** While pieces of a paste without marks may follow. */
  let unmarked: { readonly text: PasteText; readonly timer: NodeJS.Timeout } | undefined;
  /** The line end behind a paste without marks: if text is the next that comes, it is not to be joined to the last row. */
  let leftOut = "";

  function add(key: Key): void {
    const last = batch.at(-1);
    // A flag is two keypress events: joined here, the editor sees one grapheme.
    if (key.kind !== "chord" && last?.kind === key.kind) {
      batch[batch.length - 1] = { kind: key.kind, text: last.text + key.text };
    } else batch.push(key);
  }

  source.on("keypress", (text: string | undefined, event: KeypressEvent) => {
    const key = keyOf(text, event);
    if (key) add(key);
  });
  emitKeypressEvents(source);

  /** The tokens of a read that is a paste without marks: text becomes the paste's, other keys in it are no keys. */
  function asPaste(tokens: readonly InputToken[]): readonly InputToken[] {
    const before = leftOut;
    leftOut = "";
    const goesOn = before !== "" && /^[^\x00-\x1f\x7f]/.test(tokens[0] ? (plainOf(tokens[0]) ?? "") : "");
    const found = pasteIn(tokens);
    return goesOn ? [{ kind: "paste", text: before }, ...found] : found;
  }

  function pasteIn(tokens: readonly InputToken[]): readonly InputToken[] {
    const isTyped = (token: InputToken) => token.kind === "keys" || token.kind === "escape";
    if (!unmarked && !isPasteWithoutMarks(tokens)) return tokens;
    if (!tokens.some(isTyped)) return tokens;
    clearTimeout(unmarked?.timer);
    const plain = tokens.map((token) => plainOf(token) ?? "").join("");
    if (!/[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(plain)) {
      // Keys alone: the paste is over.
      unmarked = undefined;
      return tokens;
    }
    const text = unmarked?.text ?? new PasteText();
    const timer = setTimeout(() => {
      unmarked = undefined;
      leftOut = text.end();
    }, pasteGapMs);
    unmarked = { text, timer };
    const pasted = text.push(plain);
    const others = tokens.filter((token) => !isTyped(token));
    return pasted === "" ? others : [{ kind: "paste", text: pasted }, ...others];
  }

  function handle(tokens: readonly InputToken[]): void {
    for (const token of tokens) {
      if (token.kind === "keys") source.emit("data", token.data);
      else if (token.kind === "paste") add(token);
      else if (token.kind === "escape") add({ kind: "chord", chord: "escape" });
      else if (token.kind === "focus") onFocus?.(token.isFocused);
      else if (token.kind === "cursor") onCursorReport?.(token.row, token.column);
      else onAttributes?.(token.parameters);
    }
    const keys = batch;
    batch = [];
    if (keys.length > 0) onKeys(keys);
  }

  function armSequenceTimer(): void {
    clearTimeout(sequenceTimer);
    if (!scanner.waiting) return;
    sequenceTimer = setTimeout(
      () => {
        handle(scanner.expire());
        armSequenceTimer();
      },
      scanner.waitingBehindEscape ? escapeTimeoutMs : sequenceTimeoutMs,
    );
  }

  function armPasteTimer(restart: boolean): void {
    if (!scanner.pasting) {
      clearTimeout(pasteTimer);
      pasteTimer = undefined;
    } else if (restart || pasteTimer === undefined) {
      clearTimeout(pasteTimer);
      pasteTimer = setTimeout(() => {
        pasteTimer = undefined;
        handle(scanner.endPaste());
      }, pasteTimeoutMs);
    }
  }

  return {
    push(chunk) {
      const text = typeof chunk === "string" ? chunk : decoder.write(strayC1.inUtf8(chunk));
      if (decoder.wasAltered) onNotUtf8?.();
      handle(asPaste(scanner.push(text)));
      armSequenceTimer();
      armPasteTimer(text.length > keystrokeMaxLength);
    },
    close() {
      clearTimeout(sequenceTimer);
      clearTimeout(pasteTimer);
      clearTimeout(unmarked?.timer);
      source.removeAllListeners();
    },
  };
}

/** What a terminal sends, as text. The keys among it are not lost to what is not UTF-8, but that is noticed. */
class TypedText {
  readonly #lenient = new StringDecoder("utf8");
  #strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #wasAltered = false;

  /** Whether the last bytes were not UTF-8. */
  get wasAltered(): boolean {
    return this.#wasAltered;
  }

  write(bytes: Buffer): string {
    this.#wasAltered = false;
    try {
      this.#strict.decode(bytes, { stream: true });
    } catch {
      this.#wasAltered = true;
      this.#strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    }
    return this.#lenient.write(bytes);
  }
}

/** Bytes of 8-bit controls, which are not UTF-8, as the same characters in UTF-8. */
class StrayC1 {
  /** Continuation bytes that the last character still lacks. */
  #lacks = 0;

  inUtf8(chunk: Uint8Array): Buffer {
    const bytes: number[] = [];
    for (const byte of chunk) {
      const isContinuation = byte >= 0x80 && byte < 0xc0;
      const isStray = isContinuation && this.#lacks === 0;
      if (isContinuation) this.#lacks = Math.max(0, this.#lacks - 1);
      else this.#lacks = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0;
      if (isStray && byte < 0xa0) bytes.push(0xc2);
      bytes.push(byte);
    }
    return Buffer.from(bytes);
  }
}
