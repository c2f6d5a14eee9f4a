import type { Line, Problem } from "../../chat/line.js";
import { hasHyperlinks } from "../../terminal/hyperlinks.js";
import { actionOf, type EditorAction, edit, replaceText } from "../../terminal/input/editor.js";
import { type EditorState, emptyEditor, maxInputLength } from "../../terminal/input/editor-state.js";
import { defaultKeymap, type Keymap } from "../../terminal/input/keymap.js";
import type { Key } from "../../terminal/input/keys.js";
import type { Footer, Size } from "../../terminal/screen/frame.js";
import { createTerminal, type Terminal } from "../../terminal/terminal.js";
import { createTheme } from "../../terminal/theme.js";
import { Scrollback, type Theme } from "../../text/line-text.js";
import type { Context } from "../context.js";

/** Receives the keys and draws the footer: the question for a nickname, or the chat. */
export interface View {
  footer(size: Size, editor: EditorState): Footer;
  act(action: EditorAction): void;
  /** Whether it has handled a key in its own way. */
  takesKey?(key: Key): boolean;
  /** Called after each key press, whatever it did. */
  onKey?(): void;
  /** The window has gained or lost the focus; also called at first, if that is known. */
  onFocus?(isFocused: boolean): void;
  /** No more keys will come. */
  onEnd(): void;
}

/** One terminal with one input, whose view may change. */
export class Screen {
  readonly terminal: Terminal;
  readonly theme: Theme;
  readonly keymap: Keymap;
  editor: EditorState = emptyEditor;
  readonly #scrollback: Scrollback;
  /** Before the first view nothing is drawn: keys that were typed stay in the input. */
  #view: View | undefined;
  #ended = false;
  /** Whether the input may hold U+FFFD in the place of bytes that were not UTF-8. */
  #isAltered = false;
  /** undefined: the terminal has not reported it. */
  #isFocused: boolean | undefined;

  constructor({ config, words, stdin, stdout, env }: Context, keymap = defaultKeymap) {
    this.keymap = keymap;
    const links = config.links === "auto" ? hasHyperlinks(env) : config.links === "on";
    const theme = createTheme(stdout.getColorDepth(env), links);
    this.theme = theme;
    this.#scrollback = new Scrollback(words, theme, config.time ?? "hm", config.highlight);
    this.terminal = createTerminal({
      stdin,
      stdout,
      env,
      signals: process,
      ambiguous: config.ambiguous,
      wrap: config.wrap,
      skippedLine: (count) => theme.problem(`! ${words.notice.linesSkipped(count)}`),
      footer: (size) =>
        this.#view?.footer(size, this.editor) ?? { rows: [""], cursorRow: 0, cursorColumn: 0 },
      onKeys: (keys) => {
        const { isFull } = this.editor;
        for (const key of keys) {
          if (this.#view?.takesKey?.(key)) continue;
          const action = actionOf(this.editor, key, keymap);
          if (!action) this.editor = edit(this.editor, key, keymap);
          else {
            this.editor = { ...this.editor, prefix: "", last: null, refused: null };
            if (action === "submit" && this.#refusesAltered()) continue;
            this.#view?.act(action);
          }
        }
        if (this.editor.isFull && !isFull) this.#tellFull();
        this.#view?.onKey?.();
        this.terminal.drawNow();
      },
      onFocus: (isFocused) => {
        this.#isFocused = isFocused;
        this.#view?.onFocus?.(isFocused);
      },
      onNotUtf8: () => {
        this.#isAltered = true;
      },
      onEnd: () => {
        this.#ended = true;
        this.#view?.onEnd();
      },
    });
  }

  show(view: View): void {
    this.#view = view;
    if (this.#isFocused !== undefined) view.onFocus?.(this.#isFocused);
    if (this.#ended) view.onEnd();
    // At once: what is typed from now on is for this view.
    this.terminal.drawNow();
  }

  /** What was pasted or typed is not all in the input. */
  #tellFull(): void {
    this.#refuse({ what: "input_full", room: maxInputLength });
  }

  /** Whether the input is not what was typed, and stays for that reason. */
  #refusesAltered(): boolean {
    this.#isAltered &&= this.editor.text.includes("\ufffd");
    if (this.#isAltered) this.#refuse({ what: "not_utf8" });
    return this.#isAltered;
  }

  #refuse(problem: Problem): void {
    this.print({ kind: "problem", at: Date.now(), problem }, null);
  }

  /** Puts a text in place of the input, as one edit. */
  replaceText(text: string): void {
    this.editor = replaceText(this.editor, text);
    this.terminal.drawSoon();
  }

  /** Scrolls everything up: it stays in the scrollback. */
  clear(): void {
    this.terminal.print("\n".repeat(this.terminal.size.rows - 1));
  }

  /** Prints a line to the scrollback. `self`: the reader's nickname. */
  print(line: Line, self: string | null): void {
    this.terminal.print(this.#scrollback.text(line, self));
  }
}
