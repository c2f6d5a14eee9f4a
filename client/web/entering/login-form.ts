import type { Problem } from "../../chat/line.js";
import { type ById, setText } from "../dom.js";
import type { Status } from "../hub/messages.js";
import type { PageWords } from "../words.js";

export interface LoginFormOptions {
  readonly byId: ById;
  readonly words: () => PageWords;
  /** Whether the form takes the focus when it appears: the page has nothing else to do then. */
  readonly takesFocus: boolean;
  readonly rareText: (problem: Problem) => string;
  /** Whether the application that embeds the room vouches for the person, who is asked nothing. */
  readonly isVouched: boolean;
  readonly enter: (nickname: string) => void;
}

/** The question for a nickname. */
export class LoginForm {
  readonly #options: LoginFormOptions;
  readonly #form: HTMLFormElement;
  readonly #nickname: HTMLInputElement;
  readonly #suggestion: HTMLButtonElement;
  #suggested: string | null = null;

  constructor(options: LoginFormOptions) {
    this.#options = options;
    const { byId } = options;
    this.#form = byId("form", "login");
    this.#nickname = byId("input", "nickname");
    this.#suggestion = byId("button", "suggestion");
    for (const part of [this.#nickname, byId("label", "nickname-label"), byId("p", "rule")])
      part.hidden = options.isVouched;
    // What is hidden cannot be filled in.
    this.#nickname.required = !options.isVouched;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const nickname = this.#nickname.value.trim();
      if (nickname !== "" || options.isVouched) options.enter(nickname);
    });
    this.#suggestion.addEventListener("click", () => {
      if (this.#suggested === null) return;
      this.#nickname.value = this.#suggested;
      options.enter(this.#suggested);
    });
  }

  /** `isStored`: whether the browser keeps a session. */
  show(status: Status, isStored: boolean): void {
    const wasHidden = this.#form.hidden;
    this.#form.hidden = status.phase === "in";
    if (status.phase === "in") return;
    const { byId, isVouched, takesFocus } = this.#options;
    const { web, login } = this.#options.words();
    const { nickname, problem, suggestion, isSignedOut, busy } = status;
    setText(byId("p", "about"), isSignedOut ? web.signedOut : web.about);
    setText(byId("label", "nickname-label"), web.nickname);
    setText(byId("p", "rule"), login.rule);
    setText(byId("button", "enter"), busy ? web.entering : isVouched && problem ? web.retry : web.enter);
    byId("button", "enter").disabled = busy;
    setText(byId("p", "login-problem"), problem ? this.problemText(problem) : "");
    this.#nickname.toggleAttribute("aria-invalid", problem !== null && !busy);
    this.#suggested = suggestion;
    this.#suggestion.hidden = suggestion === null;
    setText(this.#suggestion, suggestion === null ? "" : web.useSuggestion(suggestion));
    byId("p", "storage").hidden = isStored;
    setText(byId("p", "storage"), web.notStored);
    if (this.#nickname.value === "") this.#nickname.value = nickname;
    if (wasHidden && takesFocus) this.#nickname.focus();
  }

  problemText(problem: Problem): string {
    const { web, notice } = this.#options.words();
    if (problem.what === "external_only" && this.#options.isVouched) return web.signInAgain;
    const { goodbye } = notice;
    // A session that has ended is no refusal.
    const ended = problem.what === "refused" ? goodbye[problem.message as keyof typeof goodbye] : undefined;
    return ended ?? this.#options.rareText(problem);
  }
}
