import type { Problem } from "../../chat/line.js";
import { type LoginQuestion, questionAfter } from "../../chat/problem.js";
import { viewLoginFooter, viewLoginIntro } from "../../terminal/footer.js";
import { emptyEditor } from "../../terminal/input/editor-state.js";
import { sanitizeRow } from "../../text/sanitize.js";
import type { Context } from "../context.js";
import { EXIT } from "../exit.js";
import { aborted } from "../pipe/pipe.js";
import type { SignedIn } from "../sign-in.js";
import type { Screen } from "./screen.js";

/** A login that was refused, and why. */
export interface RefusedLogin {
  readonly refused: Problem;
  readonly nickname: string;
}

/** A session, a refusal, or the exit code of a person who left instead. */
export type LoginOutcome = SignedIn | RefusedLogin | number;

/** What the person was asked for so far. */
export interface Answers {
  readonly nickname: string;
  /** "": as a guest, whatever is kept; undefined: what is kept, if anything. */
  readonly secret?: string;
  readonly invite?: string;
}

/** The first screen: asks until a login succeeds. A refused nickname stays in the input. */
export function askNickname(
  context: Context,
  screen: Screen,
  logIn: (answers: Answers) => Promise<LoginOutcome | undefined>,
  before: RefusedLogin | undefined,
): Promise<SignedIn | number> {
  const { words, config, signal } = context;
  const { terminal } = screen;
  // A draft for the room is no nickname; it returns to the input afterwards.
  const draft = before ? screen.editor : emptyEditor;
  let answers: Answers = { nickname: before?.nickname ?? "" };
  let question: LoginQuestion = "nickname";
  const prompt = () =>
    ({ nickname: words.login.prompt, secret: words.login.secretPrompt, invite: words.login.invitePrompt })[
      question
    ];

  const ask = (next: LoginQuestion) => {
    question = next;
    const { nickname } = answers;
    const text = next === "nickname" ? nickname : "";
    screen.editor = { ...emptyEditor, text, cursor: text.length };
    if (next === "secret") terminal.print(words.login.secretHint(sanitizeRow(nickname)));
    else if (next === "invite") terminal.print(words.login.inviteHint);
  };
  const refuse = (refused: Problem) => {
    screen.print({ kind: "problem", at: Date.now(), problem: refused }, null);
    // What is kept on disk or in the environment was wrong: from here on the person decides.
    if (refused.what === "secret_wrong") answers = { ...answers, secret: "" };
    ask(questionAfter(refused));
  };

  terminal.print(viewLoginIntro(words, config.server));
  if (before) refuse(before.refused);

  return new Promise((resolve, reject) => {
    let busy = false;
    const submit = async () => {
      const typed = screen.editor.text;
      if (busy || (question === "nickname" && typed.trim() === "")) return;
      // A secret or an invite is no text for the scrollback.
      terminal.print(prompt() + (question === "nickname" ? sanitizeRow(typed) : ""));
      if (typed === "") return ask("nickname");
      if (question === "nickname") {
        const invalid = checkNickname(typed);
        if (invalid) return screen.print({ kind: "problem", at: Date.now(), problem: invalid }, null);
        // Another nickname has another secret.
        const { secret, ...others } = answers;
        const isSame = typed === answers.nickname && secret === "";
        answers = { ...others, nickname: typed, ...(isSame && { secret }) };
      } else {
        answers = { ...answers, [question]: typed };
        screen.editor = emptyEditor;
      }
      busy = true;
      const outcome = await logIn(answers);
      busy = false;
      if (outcome === undefined) return;
      if (typeof outcome !== "number" && "refused" in outcome) return refuse(outcome.refused);
      screen.editor = draft;
      resolve(outcome);
    };
    aborted(signal).then(() => reject(signal.reason));
    screen.show({
      footer: (size, editor) =>
        viewLoginFooter(
          prompt(),
          question === "secret" ? { ...editor, text: "", cursor: 0 } : editor,
          size,
          terminal.ambiguous(),
        ),
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
