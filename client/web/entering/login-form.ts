import type { NoticeLine, Problem } from "../../chat/line.js";
import { sanitizeRow } from "../../text/sanitize.js";
import { type ById, setText } from "../dom.js";
import type { Entering, Out, Status } from "../hub/messages.js";
import type { PageWords } from "../words.js";
import { type Fields, fieldsFor, NO_FIELDS } from "./fields.js";

export interface LoginFormOptions {
  readonly byId: ById;
  readonly words: () => PageWords;
  /** Whether the form takes the focus when it appears: the page has nothing else to do then. */
  readonly takesFocus: boolean;
  readonly rareText: (problem: Problem, removal: NoticeLine | null) => string;
  /** Whether the application that embeds the room vouches for the person, who is asked nothing. */
  readonly isVouched: boolean;
  readonly enter: (entering: Entering) => void;
}

/** The question for a nickname, and for what else the room asks. Secrets stay in their field until the login. */
export class LoginForm {
  readonly #options: LoginFormOptions;
  readonly #form: HTMLFormElement;
  readonly #nickname: HTMLInputElement;
  readonly #secret: HTMLInputElement;
  readonly #invite: HTMLInputElement;
  readonly #suggestion: HTMLButtonElement;
  readonly #registered: HTMLButtonElement;
  #suggested: string | null = null;
  #status: Out | undefined;
  #wantsSecret = false;

  constructor(options: LoginFormOptions) {
    this.#options = options;
    const { byId } = options;
    this.#form = byId("form", "login");
    this.#nickname = byId("input", "nickname");
    this.#secret = byId("input", "secret");
    this.#invite = byId("input", "invite");
    this.#suggestion = byId("button", "suggestion");
    this.#registered = byId("button", "is-registered");
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#enter(this.#nickname.value.trim(), this.#secret.value);
    });
    this.#suggestion.addEventListener("click", () => {
      if (this.#suggested === null) return;
      this.#nickname.value = this.#suggested;
      // Another nickname has another secret.
      this.#enter(this.#suggested, "");
    });
    this.#registered.addEventListener("click", () => {
      this.#wantsSecret = true;
      if (this.#status) this.#showFields(this.#status);
      this.#secret.focus();
    });
  }

  /** `isStored`: whether the browser keeps a session. */
  show(status: Status, isStored: boolean): void {
    const before = this.#form.hidden ? undefined : this.#status;
    this.#form.hidden = status.phase === "in";
    if (status.phase === "in") {
      this.#secret.value = "";
      this.#invite.value = "";
      this.#wantsSecret = false;
      this.#status = undefined;
      return;
    }
    this.#status = status;
    this.#showWords(status);
    const fields = this.#showFields(status);
    this.#options.byId("p", "storage").hidden = isStored;
    if (this.#nickname.value === "") this.#nickname.value = status.nickname;
    this.#focus(status, fields, before);
  }

  #enter(nickname: string, secret: string): void {
    const isAsked = !this.#nickname.closest<HTMLElement>(".field")!.hidden;
    if (isAsked && nickname === "") return;
    this.#options.enter({ nickname: isAsked ? nickname : "", secret, invite: this.#invite.value.trim() });
  }

  #showWords({ problem, removal, suggestion, isSignedOut, busy, room }: Out): void {
    const { byId, isVouched } = this.#options;
    const { web, login } = this.#options.words();
    const { entering } = web;
    const about = isSignedOut ? web.signedOut : sanitizeRow(room?.title ?? "") || web.about;
    setText(byId("p", "about"), about);
    setText(byId("label", "nickname-label"), entering.nickname);
    setText(byId("label", "secret-label"), entering.secret);
    setText(byId("label", "invite-label"), entering.invite);
    setText(byId("p", "invite-hint"), entering.inviteHint);
    setText(byId("p", "rule"), login.rule);
    setText(this.#registered, entering.isRegistered);
    const enter = isVouched && problem ? web.retry : entering.enter;
    setText(byId("button", "enter"), busy ? entering.busy : enter);
    byId("button", "enter").disabled = busy;
    setText(byId("p", "login-problem"), problem ? this.problemText(problem, removal) : "");
    this.#suggested = suggestion;
    this.#suggestion.hidden = suggestion === null;
    setText(this.#suggestion, suggestion === null ? "" : entering.useSuggestion(sanitizeRow(suggestion)));
    setText(byId("p", "storage"), entering.notStored);
  }

  #showFields(status: Out): Fields {
    const { byId, isVouched } = this.#options;
    const fields = isVouched ? NO_FIELDS : fieldsFor(status, this.#wantsSecret, Date.now());
    const { question, problem, busy } = status;
    for (const name of ["nickname", "secret", "invite"] as const) {
      const input = { nickname: this.#nickname, secret: this.#secret, invite: this.#invite }[name];
      input.closest<HTMLElement>(".field")!.hidden = !fields[name];
      input.toggleAttribute("aria-invalid", problem !== null && question === name && !busy);
    }
    this.#nickname.required = fields.nickname;
    this.#registered.hidden = !fields.offersSecret;
    const notice = byId("p", "entry");
    notice.hidden = fields.notice === null;
    setText(notice, this.#notice(fields.notice));
    return fields;
  }

  #notice(notice: Fields["notice"]): string {
    const { web, duration } = this.#options.words();
    switch (notice?.kind) {
      case "external":
        return web.entering.external;
      case "registered_only":
        return web.entering.registeredOnly;
      case "closed":
        return web.entering.closed(duration(notice.forMs));
      case undefined:
        return "";
    }
  }

  /** When the form opens, as the page has nothing else to do here, and after the reader's own attempt. */
  #focus({ question, problem, busy }: Out, { nickname }: Fields, before: Out | undefined): void {
    if (before === undefined) {
      if (nickname && this.#options.takesFocus) this.#nickname.focus();
      return;
    }
    if (!before.busy || busy || !problem) return;
    if (question === "secret") {
      this.#secret.value = "";
      this.#secret.focus();
    } else if (question === "invite") this.#invite.select();
  }

  /** `removal`: what a moderator did, if that is why. */
  problemText(problem: Problem, removal: NoticeLine | null): string {
    const { web, notice } = this.#options.words();
    if (removal) return this.#options.rareText(problem, removal);
    if (problem.what === "external_only" && this.#options.isVouched) return web.signInAgain;
    const { goodbye } = notice;
    // A session that has ended is no refusal.
    const ended = problem.what === "refused" ? goodbye[problem.message as keyof typeof goodbye] : undefined;
    return ended ?? this.#options.rareText(problem, null);
  }
}
