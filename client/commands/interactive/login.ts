import type { Problem } from "../../chat/line.js";
import { emptyEditor } from "../../terminal/input/editor-state.js";
import { viewLoginFooter, viewLoginIntro } from "../../terminal/view.js";
import { sanitizeRow } from "../../text/sanitize.js";
import type { Context } from "../context.js";
import type { Entry } from "../enter.js";
import { EXIT } from "../exit.js";
import { aborted } from "../pipe.js";
import type { Screen } from "./screen.js";

/** A session, or the exit code of someone who left instead. */
export type Asked = Entry | number;

/** A nickname that was not taken, and why. */
export interface Refused {
  readonly refused: Problem;
  readonly nickname: string;
}

/** The first screen: asks until a nickname is taken. A refused one stays in the input. */
export function askNickname(
  context: Context,
  screen: Screen,
  enter: (nickname: string) => Promise<Asked | Refused | undefined>,
  before: Refused | undefined,
): Promise<Asked> {
  const { words, config, signal } = context;
  const { terminal } = screen;
  const tell = (problem: Problem) => screen.tell({ kind: "problem", at: Date.now(), problem }, null);

  // What was typed for the room is no nickname; it is back in the input afterwards.
  const draft = before ? screen.editor : emptyEditor;
  terminal.print(viewLoginIntro(words, config.server));
  if (before) {
    tell(before.refused);
    screen.editor = { ...emptyEditor, text: before.nickname, cursor: before.nickname.length };
  }

  return new Promise<Asked>((resolve, reject) => {
    let busy = false;
    const submit = async () => {
      const typed = screen.editor.text;
      if (busy || typed.trim() === "") return;
      terminal.print(words.login.prompt + sanitizeRow(typed));
      const wrong = ruleBroken(typed);
      if (wrong) return tell(wrong);
      busy = true;
      const answer = await enter(typed);
      busy = false;
      if (answer === undefined) return;
      if (typeof answer !== "number" && "refused" in answer) return tell(answer.refused);
      screen.editor = draft;
      resolve(answer);
    };
    aborted(signal).then(() => reject(signal.reason));
    screen.show({
      footer: (size, editor) => viewLoginFooter(words, editor, size, terminal.ambiguous()),
      act(action) {
        if (action === "submit") submit().catch(reject);
        else if (action === "interrupt") resolve(EXIT.interrupt);
        else if (action === "leave") resolve(EXIT.done);
      },
      end: () => resolve(EXIT.done),
    });
  });
}

/** The two rules that people break by habit; all others are the server's, which names them. */
function ruleBroken(nickname: string): Problem | undefined {
  if (/\s/.test(nickname)) return { what: "nickname_space" };
  return /^[@＠/／]/.test(nickname) ? { what: "nickname_start" } : undefined;
}
