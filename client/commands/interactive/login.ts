import type { Problem } from "../../chat/line.js";
import { type LoginQuestion, questionAfter } from "../../chat/problem.js";
import { viewLoginFooter, viewLoginIntro } from "../../terminal/footer.js";
import { type EditorState, emptyEditor } from "../../terminal/input/editor-state.js";
import type { Footer, Size } from "../../terminal/screen/frame.js";
import { sanitizeRow } from "../../text/sanitize.js";
import type { Context } from "../context.js";
import { EXIT } from "../exit.js";
import { aborted } from "../pipe/pipe.js";
import type { SignedIn } from "../sign-in.js";
import type { Composer } from "./composer.js";
import type { Screen } from "./screen.js";

/** A login that was refused, and why. */
export interface RefusedLogin {
  readonly refused: Problem;
  readonly nickname: string;
}

/** A session, or a refusal. */
export type LoginOutcome = SignedIn | RefusedLogin;

/** What the person has entered so far. */
export interface LoginInput {
  readonly nickname: string;
  /** "": as a guest, whatever is kept; undefined: what is kept, if anything. */
  readonly secret?: string;
  readonly invite?: string;
}

/** The questions before the room, one after the other, until a login can be tried with what was entered. */
export class LoginQuestions {
  readonly #context: Context;
  readonly #screen: Screen;
  readonly #composer: Composer;
  #input: LoginInput = { nickname: "" };
  #question: LoginQuestion = "nickname";
  #isIntroduced = false;

  constructor(context: Context, screen: Screen, composer: Composer) {
    this.#context = context;
    this.#screen = screen;
    this.#composer = composer;
  }

  /** Asks again after a refusal that has been shown, whose nickname stays in the input. Resolves with the exit code of a person who leaves. */
  ask(before?: RefusedLogin): Promise<LoginInput | number> {
    const { signal, config, words } = this.#context;
    const { terminal } = this.#screen;
    const { history } = this.#screen.editor;
    if (!this.#isIntroduced) terminal.print(viewLoginIntro(words, config.server));
    this.#isIntroduced = true;
    if (before) this.#refuse(before);
    else this.#put("nickname");
    return new Promise((resolve, reject) => {
      const finish = (result: LoginInput | number) => {
        this.#screen.editor = { ...emptyEditor, history };
        resolve(result);
      };
      aborted(signal).then(() => reject(signal.reason));
      this.#screen.show({
        footer: (size, editor) => this.#footer(size, editor),
        act: (action) => {
          if (action === "submit") {
            const input = this.#submit();
            if (input) finish(input);
          } else if (action === "interrupt") finish(EXIT.interrupt);
          else if (action === "leave") finish(EXIT.done);
        },
        onEnd: () => finish(EXIT.done),
      });
    });
  }

  #refuse({ refused, nickname }: RefusedLogin): void {
    this.#input = { ...this.#input, nickname };
    // What is kept on disk or in the environment was wrong: from here on the person decides.
    if (refused.what === "secret_wrong") this.#input = { ...this.#input, secret: "" };
    this.#put(questionAfter(refused));
  }

  #put(question: LoginQuestion): void {
    const { asks } = this.#context.words;
    const { terminal } = this.#screen;
    const { nickname } = this.#input;
    this.#question = question;
    const text = question === "nickname" ? nickname : "";
    // Without the history of the room, whose lines are no nicknames.
    this.#screen.editor = { ...emptyEditor, text, cursor: text.length };
    if (question === "secret") terminal.print(asks.secretHint(sanitizeRow(nickname)));
    else if (question === "invite") terminal.print(asks.inviteHint);
  }

  /** What was entered, if a login can be tried with it. */
  #submit(): LoginInput | undefined {
    const typed = this.#screen.editor.text;
    if (this.#question === "nickname" && typed.trim() === "") return undefined;
    // A secret or an invite is no text for the scrollback.
    const shown = this.#question === "nickname" ? sanitizeRow(typed) : "";
    this.#screen.terminal.print(this.#prompt + shown);
    if (typed === "") {
      this.#put("nickname");
      return undefined;
    }
    if (this.#question !== "nickname") {
      this.#input = { ...this.#input, [this.#question]: typed };
      return this.#input;
    }
    const invalid = checkNickname(typed);
    if (invalid) {
      this.#screen.print({ kind: "problem", at: Date.now(), problem: invalid }, null);
      return undefined;
    }
    // Another nickname has another secret.
    const { secret, ...others } = this.#input;
    const isSame = typed === this.#input.nickname && secret === "";
    this.#input = { ...others, nickname: typed, ...(isSame && { secret }) };
    return this.#input;
  }

  get #prompt(): string {
    const { asks } = this.#context.words;
    return { nickname: asks.prompt, secret: asks.secretPrompt, invite: asks.invitePrompt }[this.#question];
  }

  #footer(size: Size, editor: EditorState): Footer {
    const { terminal, theme } = this.#screen;
    return viewLoginFooter({
      ...{ words: this.#context.words, theme, size },
      prompt: this.#prompt,
      editor: this.#question === "secret" ? { ...editor, text: "", cursor: 0 } : editor,
      pending: this.#composer.pending(Date.now()),
      nowMs: Date.now(),
      ambiguous: terminal.ambiguous(),
    });
  }
}

/** The two rules that are broken by habit; all others are checked by the server, which names them. */
function checkNickname(nickname: string): Problem | undefined {
  if (/\s/.test(nickname)) return { what: "nickname_space" };
  return /^[@＠/／]/.test(nickname) ? { what: "nickname_start" } : undefined;
}
