/** Bell, desktop notification and window title. */
import type { Line } from "../chat/line.js";
import { cutToCells } from "../text/cells.js";
import { type NotifyLevel, notable } from "../text/notable.js";
import { sanitizeRow } from "../text/sanitize.js";

/** The desktop notification to send; the bell rings in any case. */
export type NotifyOsc = "9" | "777" | "off";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the terminal supports, from its environment. Unknown terminals get OSC 777, which they ignore. */
export function oscOf(env: Environment): NotifyOsc {
  const program = env.LC_TERMINAL ?? env.TERM_PROGRAM ?? "";
  if (program === "iTerm.app" || program === "iTerm2") return "9";
  if (["Apple_Terminal", "vscode"].includes(program)) return "off";
  if (env.WT_SESSION || env.ALACRITTY_WINDOW_ID || env.TERM?.startsWith("alacritty")) return "off";
  return "777";
}

/** Text for an OSC body: one row, without anything that could end or split it. */
export function oscText(text: string, maxCells = 120): string {
  return cutToCells(sanitizeRow(text).replaceAll(";", ",").trim(), maxCells);
}

/** The bell, and the terminal's notification sequence; tmux passes it on only with `allow-passthrough on`. */
export function notification(title: string, body: string, osc: NotifyOsc, inTmux: boolean): string {
  if (osc === "off") return "\x07";
  const cleanTitle = oscText(title, 40);
  const cleanBody = oscText(body);
  const sequence =
    osc === "9"
      ? `\x1b]9;${cleanTitle}: ${cleanBody}\x1b\\`
      : `\x1b]777;notify;${cleanTitle};${cleanBody}\x1b\\`;
  return `\x07${inTmux ? `\x1bPtmux;${sequence.replaceAll("\x1b", "\x1b\x1b")}\x1b\\` : sequence}`;
}

export interface NotifierOptions {
  readonly level: NotifyLevel;
  readonly osc: "auto" | NotifyOsc;
  readonly env: Environment;
  /** Words that notify like the nickname. Default: none. */
  readonly highlight?: readonly string[];
  /** Monotonic clock, ms. Default `performance.now`. */
  readonly now?: () => number;
}

/** Notifications ring at most once in this time, ms; all of them are counted in the title. */
export const quietMs = 1000;
/** Cells of the title for the room, and for the nickname. */
const TITLE_CELLS = 60;

/** Counts unread notifications, paces the bell, and names room and reader in the title. */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #osc: NotifyOsc;
  readonly #now: () => number;
  #unread = 0;
  #rangAt = Number.NEGATIVE_INFINITY;
  #name = "parlance";
  /** undefined: the terminal does not report it. */
  #isFocused: boolean | undefined;

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#osc = options.osc === "auto" ? oscOf(options.env) : options.osc;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Room and reader, as the title names them. Returns the title if it is another one now. */
  name(room: string, nickname: string): string | undefined {
    const parts = [room, nickname].map((part) => oscText(part, TITLE_CELLS)).filter((part) => part !== "");
    const name = parts.join(" - ");
    if (name === this.#name) return undefined;
    this.#name = name;
    return this.#title;
  }

  /** A line was shown to `nickname`. Returns what to send to the terminal, if anything. */
  shown(line: Line, nickname: string): { readonly signal: string; readonly title: string } | undefined {
    const { level, env, highlight } = this.#options;
    // A reader who looks at the window needs no bell.
    const found = this.#isFocused ? undefined : notable(line, level, nickname, highlight);
    if (!found) return undefined;
    this.#unread++;
    const now = this.#now();
    if (now - this.#rangAt < quietMs) return { signal: "", title: this.#title };
    this.#rangAt = now;
    const signal = notification(found.title, found.body, this.#osc, Boolean(env.TMUX));
    return { signal, title: this.#title };
  }

  /** The window has gained or lost the focus. Returns the title without a count, if it had one. */
  focus(isFocused: boolean): string | undefined {
    this.#isFocused = isFocused;
    return isFocused ? this.seen() : undefined;
  }

  /** The person is at the keyboard. Returns the title without a count, if it had one. */
  seen(): string | undefined {
    if (this.#unread === 0) return undefined;
    this.#unread = 0;
    return this.#title;
  }

  get #title(): string {
    return this.#unread === 0 ? this.#name : `(${this.#unread}) ${this.#name}`;
  }
}
