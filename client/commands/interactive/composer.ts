import type { Chat } from "../../chat/chat.js";
import { Addressee } from "../../chat/input/address.js";
import { expandAlias } from "../../chat/input/aliases.js";
import { helpRows, helpTopic, type LocalActions, offered } from "../../chat/input/commands.js";
import { masked, type Parsed, parse, secretStart, textOf } from "../../chat/input/parse.js";
import type { HelpRow, Kept, Problem } from "../../chat/line.js";
import { Outbox, type Pending } from "../../chat/outbox.js";
import { initialState, type State, standingOf } from "../../chat/state.js";
import { functionOf, submitted } from "../../terminal/input/editor.js";
import type { EditorState } from "../../terminal/input/editor-state.js";
import { KEY_FUNCTIONS } from "../../terminal/input/keymap.js";
import type { Key } from "../../terminal/input/keys.js";
import { sanitizeRow } from "../../text/sanitize.js";
import type { Context } from "../context.js";
import { EXIT } from "../exit.js";
import type { Screen } from "./screen.js";

export interface ComposerOptions {
  readonly context: Context;
  readonly screen: Screen;
  /** Stores an input for later runs; never called with private ones. */
  readonly remember: (text: string) => void;
}

/**
 * The input of the room, during the login and in the chat: what is typed is queued in the outbox, and comes back from it
 * to be edited. A refused line is never joined to what is typed next: it stays there, or in the input as a text that the
 * next one replaces.
 */
export class Composer {
  readonly outbox: Outbox;
  readonly #options: ComposerOptions;
  readonly #addressee = new Addressee();
  /** In place of a chat: a room without members. */
  readonly #emptyRoom: State;
  #chat: Chat | null = null;
  #leave: (code: number) => void = () => {};
  #onEmpty: () => void = () => {};
  /** The pending line that is in the input. */
  #taken: Pending | null = null;
  /** Whether a key was pressed since the last submit. */
  #touched = true;

  constructor(options: ComposerOptions) {
    this.#options = options;
    this.#emptyRoom = initialState(options.context.config.server);
    this.outbox = new Outbox({
      onChange: () => options.screen.terminal.drawSoon(),
      onHeld: (entry, problem) => this.#onHeld(entry, problem),
    });
  }

  /** What leaves the room from now on. */
  onLeave(leave: (code: number) => void): void {
    this.#leave = leave;
  }

  attach(chat: Chat): void {
    this.#chat = chat;
    this.outbox.attach(chat);
  }

  detach(): void {
    this.#chat = null;
    this.outbox.detach();
  }

  /** Does what the input means, in its turn. An input that is known to be wrong stays where it is. */
  submit(): void {
    const { screen, remember } = this.#options;
    const typed = screen.editor.text;
    const text = this.#meant;
    const address = this.#follow();
    const parsed = this.#parse(text);
    if (parsed.kind === "nothing") return;
    if (parsed.kind === "draft") {
      screen.editor = withText(screen.editor, parsed.text);
      this.#follow();
      return;
    }
    const problem = this.#chat ? this.#chat.check(text, address) : refusalIn(parsed);
    if (problem) {
      this.#addressee.followAgain(text, this.#state, address, problem);
      this.#showRefused(problem, text);
      return;
    }
    screen.editor = submitted(screen.editor, secretStart(text) !== null);
    this.#follow();
    this.#touched = false;
    if (isForLater(parsed)) remember(typed);
    if (parsed.kind === "command" && parsed.command.worksOffline) {
      const { command, text: argument, given } = parsed;
      const done = this.#chat?.submit(text, address) ?? command.run(this.#localActions, argument, given);
      void done.then((found) => found && this.#show(found));
    } else {
      this.outbox.add({ text, address }, this.#taken?.place);
    }
    this.#taken = null;
  }

  /**
   * Whether a key was for the pending lines: on an empty input, it takes the last one back, or cancels; from one that is in
   * the input as it was, it leads to the one before or behind it.
   */
  takesKey(key: Key): boolean {
    this.#touched = true;
    const { editor } = this.#options.screen;
    const does = functionOf(editor, key, this.#options.screen.keymap);
    if (editor.browsing || editor.search) return false;
    const { isTaken } = this;
    if (isTaken && (does === "up" || does === "previous-history")) return this.#walk(-1);
    if (isTaken && (does === "down" || does === "next-history")) return this.#walk(1);
    // It is out of the queue already, and the key clears the input.
    if (isTaken && does === "interrupt") this.#show({ what: "cancelled", count: 1 });
    const { idle } = this.outbox;
    const last = idle.at(-1);
    if (editor.text !== "" || !last) return false;
    switch (does) {
      case "up":
      case "previous-history":
        this.#take(last);
        return true;
      case "abort":
        this.#cancel([last]);
        return true;
      case "interrupt":
        this.#cancel(idle);
        return true;
      default:
        return false;
    }
  }

  /** Whether a pending line is in the input as it was. */
  get isTaken(): boolean {
    return this.#taken !== null && this.#taken.text === this.#options.screen.editor.text;
  }

  #take(entry: Pending): void {
    this.#restore(entry);
    this.#taken = entry;
  }

  /** Puts the line in the input back into its place, and takes the next one; behind the last one the input is empty. */
  #walk(step: -1 | 1): boolean {
    const { screen } = this.#options;
    const from = this.#taken;
    const { text, cursor } = screen.editor;
    // In a line of several rows, the keys move by rows first.
    const isInside = (step < 0 ? text.slice(0, cursor) : text.slice(cursor)).includes("\n");
    const next = from && this.outbox.nextTo(from.place, step);
    if (!from || isInside || (step < 0 && !next)) return false;
    this.outbox.putBack(from);
    if (next) this.#take(next);
    else screen.editor = withText(screen.editor, "");
    return true;
  }

  /** Call it after each change of the input: an address means the person who has the name when it is typed. */
  follow(): void {
    this.#follow();
    if (!this.isEmpty) return;
    this.#taken = null;
    this.#onEmpty();
  }

  get isEmpty(): boolean {
    return this.#options.screen.editor.text === "";
  }

  /** Resolves when the input is empty. */
  untilEmpty(): Promise<undefined> {
    return new Promise((resolve) => {
      this.#onEmpty = () => resolve(undefined);
    });
  }

  /** Whom the input is for, if it is a private message. */
  get recipient(): string | null {
    const { address } = this.#addressee;
    return address?.finished ? (address.person?.nickname ?? null) : null;
  }

  /** The message that the input replies to, in a row; undefined: to none. */
  get quoted(): string | undefined {
    const quoted = this.#addressee.address?.quoted;
    return quoted
      ? sanitizeRow(`> ${quoted.sender.nickname}: ${quoted.text.replace(/\s+/g, " ")}`)
      : undefined;
  }

  /** The lines that are to be shown as pending: not those that are on their way as usual. */
  pending(nowMs: number): readonly Pending[] {
    return this.outbox.shown(nowMs).map((entry) => ({ ...entry, text: masked(entry.text) }));
  }

  /** Ends the outbox; shows what was not sent, or not confirmed. */
  async close(): Promise<void> {
    for (const { phase, text } of await this.outbox.close(this.#options.context.signal)) {
      this.#show({ what: phase === "sending" ? "left_behind" : "left_unsent", text: masked(text) });
    }
  }

  #follow() {
    return this.#addressee.follow(this.#meant, this.#state);
  }

  /** The input without aliases. */
  get #meant(): string {
    const { context, screen } = this.#options;
    return expandAlias(screen.editor.text, context.config.aliases);
  }

  /** Offset of a secret in the input; null: it holds none. */
  get secretFrom(): number | null {
    const meant = this.#meant;
    const from = secretStart(meant);
    const { length } = this.#options.screen.editor.text;
    // The end of an input is as it is typed.
    return from === null ? null : Math.max(0, length - (meant.length - from));
  }

  get #state(): State {
    return this.#chat?.state ?? this.#emptyRoom;
  }

  #parse(text: string): Parsed {
    return (
      this.#chat?.parse(text) ??
      parse(text, { isOnline: () => false, isPerson: true, offered: this.#offered })
    );
  }

  get #offered() {
    return offered(standingOf(this.#state));
  }

  /** The rows of /help keys. */
  get keyHelp(): readonly HelpRow[] {
    const { context, screen } = this.#options;
    return KEY_FUNCTIONS.flatMap((does) => {
      const keys = screen.keymap.keysOf(does).slice(0, MAX_KEYS).map(keyName);
      return keys.length > 0 ? [{ usage: keys.join(", "), summary: context.words.keys[does] }] : [];
    });
  }

  /** Without a chat. */
  get #localActions(): LocalActions {
    const { words } = this.#options.context;
    return {
      showHelp: async (topic) => {
        const isTopic = topic !== "";
        const rows = isTopic
          ? helpTopic(topic, { words, keyHelp: this.keyHelp })
          : helpRows(words, this.#offered);
        if (rows) this.#options.screen.print({ kind: "help", at: Date.now(), rows, isTopic }, null);
        else this.#show({ what: "no_help", topic });
        return null;
      },
      reconnect: async () => null,
      clear: async () => {
        this.#options.screen.clear();
        return null;
      },
      quit: async () => {
        this.#leave(EXIT.done);
        return null;
      },
    };
  }

  /** A command that asks, or whose person is not there, is back at once; a message only if the reader takes it. */
  #onHeld(entry: Pending, problem: Problem): void {
    const { editor } = this.#options.screen;
    const isMessage = sendsText(this.#parse(entry.text));
    const isBack = this.#chat !== null && !isMessage && !this.#touched && editor.text === "";
    if (!isBack) {
      this.#show(problem);
      return;
    }
    this.#restore(entry);
    this.#showRefused(problem, entry.text);
  }

  /** The input was refused and stays: what is typed next takes its place, unless it is only to be completed. */
  #showRefused(problem: Problem, meant: string): void {
    const { screen } = this.#options;
    const refused = COMPLETED.has(problem.what) ? null : { isSecret: holdsSecret(meant, problem) };
    screen.editor = { ...screen.editor, refused };
    this.#show(withKept(problem, "input"));
  }

  #restore(entry: Pending): void {
    const { screen } = this.#options;
    const { text, address, problem } = entry;
    this.outbox.takeOut([entry]);
    screen.editor = withText(screen.editor, text);
    this.#addressee.followAgain(text, this.#state, address, problem);
  }

  #cancel(entries: readonly Pending[]): void {
    this.outbox.takeOut(entries);
    this.#show({ what: "cancelled", count: entries.length });
  }

  #show(problem: Problem): void {
    const line = { kind: "problem", at: Date.now(), problem } as const;
    if (this.#chat) this.#chat.dispatch({ kind: "line", line });
    else this.#options.screen.print(line, null);
  }
}

/** Keys of one function that /help names. */
const MAX_KEYS = 2;

/** `ctrl-x ctrl-e` as `^X ^E`. */
function keyName(keys: string): string {
  return keys
    .split(" ")
    .map((chord) => {
      const [, modifiers = "", key = ""] = /^((?:ctrl-|alt-|shift-)*)(.+)$/.exec(chord) ?? [];
      if (modifiers === "ctrl-" && key.length === 1) return `^${key.toUpperCase()}`;
      const named = key === "return" ? "Enter" : key.length > 1 ? key[0]?.toUpperCase() + key.slice(1) : key;
      return (
        modifiers.replace(/(^|-)([a-z])/g, (_, dash: string, first: string) => dash + first.toUpperCase()) +
        named
      );
    })
    .join(" ");
}

function withText(editor: EditorState, text: string): EditorState {
  return { ...editor, text, cursor: text.length, browsing: null, menu: null, refused: null, undo: [] };
}

/** Problems of an input that goes on where it ends, or of which a part is to be taken out. */
const COMPLETED: ReadonlySet<Problem["what"]> = new Set<Problem["what"]>([
  "bad_arguments",
  "bad_form",
  "nothing_to_send",
  "space_missing",
  "text_too_long",
]);

/** Whether a refused input holds a secret, or seems to. */
function holdsSecret(text: string, problem: Problem): boolean {
  if (secretStart(text) !== null) return true;
  if (problem.what === "looks_like") return SECRETIVE.includes(problem.meant);
  if (problem.what === "unknown_command") return SECRETIVE.includes(problem.suggestion ?? "");
  return problem.what === "habit" && problem.habit === "identify";
}

const SECRETIVE: readonly string[] = ["/register", "/identify"];

function refusalIn(parsed: Parsed): Problem | null {
  return parsed.kind === "refused" ? parsed.problem : null;
}

/** Whether an input is kept for later runs: nothing private, and no secret. */
function isForLater(parsed: Parsed): boolean {
  if (parsed.kind !== "command") return parsed.kind === "broadcast";
  return !parsed.command.writes && !parsed.command.isSecret;
}

function sendsText(parsed: Parsed): boolean {
  return parsed.kind === "command" ? parsed.command.writes === true : textOf(parsed) !== null;
}

function withKept(problem: Problem, kept: Kept): Problem {
  return "kept" in problem ? { ...problem, kept } : problem;
}
