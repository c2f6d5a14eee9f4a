import type { Problem } from "../../chat/line.js";
import { viewLoginFooter, viewLoginIntro } from "../../terminal/footer.js";
import { emptyEditor } from "../../terminal/input/editor-state.js";
import { sanitizeRow } from "../../text/sanitize.js";
import type { Context } from "../context.js";
import { EXIT } from "../exit.js";
import { aborted } from "../pipe/pipe.js";
import type { SignedIn } from "../sign-in.js";
import type { Screen } from "./screen.js";

/** A nickname that was refused, and why. */
export interface RefusedLogin {
  readonly refused: Problem;
  readonly nickname: string;
}

/** A session, a refusal, or the exit code of a person who left instead. */
export type LoginOutcome = SignedIn | RefusedLogin | number;

/** The first screen: asks until a login succeeds. A refused nickname stays in the input. */
export function askNickname(
  context: Context,
  screen: Screen,
  logIn: (nickname: string) => Promise<LoginOutcome | undefined>,
  before: RefusedLogin | undefined,
): Promise<SignedIn | number> {
  const { words, config, signal } = context;
  const { terminal } = screen;
  const show = (problem: Problem) => screen.print({ kind: "problem", at: Date.now(), problem }, null);

  // A draft for the room is no nickname; it returns to the input afterwards.
  const draft = before ? screen.editor : emptyEditor;
  terminal.print(viewLoginIntro(words, config.server));
  if (before) {
    show(before.refused);
    screen.editor = { ...emptyEditor, text: before.nickname, cursor: before.nickname.length };
  }

  return new Promise((resolve, reject) => {
    let busy = false;
    const submit = async () => {
      const typed = screen.editor.text;
      if (busy || typed.trim() === "") return;
      terminal.print(words.login.prompt + sanitizeRow(typed));
      const invalid = checkNickname(typed);
      if (invalid) return show(invalid);
      busy = true;
      const outcome = await logIn(typed);
      busy = false;
      if (outcome === undefined) return;
      if (typeof outcome !== "number" && "refused" in outcome) return show(outcome.refused);
      screen.editor = draft;
      resolve(outcome);
    };
    aborted(signal).then(() => reject(signal.reason));
    screen.show({
      footer: (size, editor) => viewLoginFooter(words, editor, size, terminal.ambiguous()),
      act(action) {
        if (action === "submit") submit().catch(reject);
        else if (action === "interrupt") resolve(EXIT.interrupt);
        else if (action === "leave") resolve(EXIT.done);
      },
      onEnd: () => resolve(EXIT.done),
    });
  });
}

/** The two rules that are broken by habit; all others are checked by the server, which names them. */
function checkNickname(nickname: string): Problem | undefined {
  if (/\s/.test(nickname)) return { what: "nickname_space" };
  return /^[@＠/／]/.test(nickname) ? { what: "nickname_start" } : undefined;
}
