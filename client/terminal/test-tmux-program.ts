/** For tests: a program with a terminal and without a server: numbers its messages, echoes Enter, leaves on ^D. */

import { layoutInput, statusRow } from "./footer.js";
import { actionOf, edit, submitted } from "./input/editor.js";
import { type EditorState, emptyEditor } from "./input/editor-state.js";
import { createTerminal } from "./terminal.js";
import { createTheme } from "./theme.js";

const total = Number(process.argv[2]);
let editor: EditorState = emptyEditor;
let printed = 0;

const terminal = createTerminal({
  stdin: process.stdin,
  stdout: process.stdout,
  env: process.env,
  signals: process,
  wrap: "terminal",
  skippedLine: (count) => `${count} left out`,
  footer(size) {
    const { rows, cursorRow, cursorColumn } = layoutInput(editor, "小明> ", size, terminal.ambiguous());
    const left = ` STATUS ${printed} of ${size.columns} columns`;
    const status = `\x1b[7m${statusRow(left, "/help", size.columns)}\x1b[27m`;
    const short = [createTheme(8).shortStatus(left.slice(0, size.columns - 1))];
    return { rows: [status, ...rows], short, cursorRow: cursorRow + 1, cursorColumn };
  },
  onKeys(keys) {
    for (const key of keys) {
      const action = actionOf(editor, key);
      if (action === "leave") return leave();
      if (action === "submit") {
        terminal.print(`SENT ${JSON.stringify(editor.text)}`);
        editor = submitted(editor);
      } else if (!action) editor = edit(editor, key);
    }
    terminal.drawNow();
  },
  onEnd: leave,
});

const messages = setInterval(() => {
  if (printed < total) terminal.print(`#${printed++} 消息 message ${"长".repeat(printed % 45)}`);
}, 10);

function leave(): void {
  clearInterval(messages);
  terminal.close();
}
