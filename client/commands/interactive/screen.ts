import type { Line } from "../../chat/line.js";
import { actionOf, type EditorAction, edit } from "../../terminal/input/editor.js";
import { type EditorState, emptyEditor } from "../../terminal/input/editor-state.js";
import type { Footer, Size } from "../../terminal/screen/frame.js";
import { createTerminal, type Terminal } from "../../terminal/terminal.js";
import { createTheme } from "../../terminal/theme.js";
import { createScrollback } from "../../terminal/view.js";
import type { Theme } from "../../text/line-text.js";
import type { Context } from "../context.js";

/** Who has the keyboard and the footer: the question for a nickname, or the chat. */
export interface View {
  footer(size: Size, editor: EditorState): Footer;
  act(action: EditorAction): void;
  /** A key was pressed, whatever it did. */
  touched?(): void;
  /** No more keys will come. */
  end(): void;
}

/** One terminal with one input, whose view may change. */
export interface Screen {
  readonly terminal: Terminal;
  readonly theme: Theme;
  editor: EditorState;
  show(view: View): void;
  /** Puts a line into the scrollback. `self`: the reader's nickname. */
  tell(line: Line, self: string | null): void;
}

export function createScreen(context: Context): Screen {
  const { config, words, stdin, stdout, env } = context;
  const theme = createTheme(stdout.getColorDepth(env));
  const scrollback = createScrollback(words, theme, config.time ?? "hm");
  let editor = emptyEditor;
  let ended = false;
  // Before the first view there is nothing to see: what is typed stays in the input.
  let view: View | undefined;

  const terminal = createTerminal({
    stdin,
    stdout,
    env,
    signals: process,
    ambiguous: config.ambiguous,
    skippedLine: (count) => theme.problem(`! ${words.notice.linesSkipped(count)}`),
    footer: (size) => view?.footer(size, editor) ?? { rows: [""], cursorRow: 0, cursorColumn: 0 },
    onKeys(keys) {
      for (const key of keys) {
        const action = actionOf(editor, key);
        if (action) view?.act(action);
        else editor = edit(editor, key);
      }
      view?.touched?.();
      terminal.drawNow();
    },
    onEnd() {
      ended = true;
      view?.end();
    },
  });

  return {
    terminal,
    theme,
    get editor() {
      return editor;
    },
    set editor(next) {
      editor = next;
    },
    show(next) {
      view = next;
      if (ended) next.end();
      terminal.drawSoon();
    },
    tell: (line, self) => terminal.print(scrollback.text(line, self)),
  };
}
