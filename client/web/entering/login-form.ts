import type { Problem } from "../../chat/line.js";
import { problemWords } from "../../text/problem-words.js";
import { sanitizeText } from "../../text/sanitize.js";
import { byId, setText } from "../dom.js";
import type { Status } from "../hub/messages.js";
import type { PageWords } from "../words.js";

export interface LoginFormOptions {
  readonly words: () => PageWords;
  readonly enter: (nickname: string) => void;
}

/** The question for a nickname. */
export class LoginForm {
  readonly #options: LoginFormOptions;
  readonly #form = byId("form", "login");
  readonly #nickname = byId("input", "nickname");
  readonly #suggestion = byId("button", "suggestion");
  #suggested: string | null = null;

  constructor(options: LoginFormOptions) {
    this.#options = options;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const nickname = this.#nickname.value.trim();
      if (nickname !== "") options.enter(nickname);
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
    const { web, login } = this.#options.words();
    const { nickname, problem, suggestion, busy } = status;
    setText(byId("p", "about"), web.about);
    setText(byId("label", "nickname-label"), web.nickname);
    setText(byId("p", "rule"), login.rule);
    setText(byId("button", "enter"), busy ? web.entering : web.enter);
    byId("button", "enter").disabled = busy;
    setText(byId("p", "login-problem"), problem ? this.#problem(problem) : "");
    this.#nickname.toggleAttribute("aria-invalid", problem !== null && !busy);
    this.#suggested = suggestion;
    this.#suggestion.hidden = suggestion === null;
    setText(this.#suggestion, suggestion === null ? "" : web.useSuggestion(suggestion));
    byId("p", "storage").hidden = isStored;
    setText(byId("p", "storage"), web.notStored);
    if (this.#nickname.value === "") this.#nickname.value = nickname;
    // The page has nothing else to do here.
    if (wasHidden) this.#nickname.focus();
  }

  #problem(problem: Problem): string {
    const words = this.#options.words();
    const { goodbye } = words.notice;
    // A session that has ended is no refusal.
    const ended = problem.what === "refused" ? goodbye[problem.message as keyof typeof goodbye] : undefined;
    return ended ?? sanitizeText(problemWords(problem, words));
  }
}
