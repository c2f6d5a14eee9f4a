/** Which key does what: readline's names where it has one, the keys of its Emacs mode, and the person's own bindings. */

/** In the order of /help keys. */
export const KEY_FUNCTIONS = [
  "submit",
  "newline",
  "complete",
  "complete-backward",
  "up",
  "down",
  "previous-history",
  "next-history",
  "search-history",
  "backward-char",
  "forward-char",
  "backward-word",
  "forward-word",
  "beginning-of-line",
  "end-of-line",
  "backward-delete-char",
  "delete-char",
  "backward-kill-word",
  "kill-word",
  "backward-kill-line",
  "kill-line",
  "yank",
  "undo",
  "transpose-chars",
  "edit-in-editor",
  "redraw",
  "reconnect",
  "interrupt",
  "delete-or-leave",
  "abort",
] as const;

export type KeyFunction = (typeof KEY_FUNCTIONS)[number];

/** Chords as `Key` names them; two that follow each other are separated by a space. */
const DEFAULT_KEYS: readonly (readonly [keys: string, does: KeyFunction])[] = [
  ["return", "submit"],
  ["alt-return", "newline"],
  ["ctrl-j", "newline"],
  ["tab", "complete"],
  ["shift-tab", "complete-backward"],
  ["up", "up"],
  ["down", "down"],
  ["ctrl-p", "previous-history"],
  ["ctrl-n", "next-history"],
  ["ctrl-r", "search-history"],
  ["left", "backward-char"],
  ["ctrl-b", "backward-char"],
  ["right", "forward-char"],
  ["ctrl-f", "forward-char"],
  ["alt-b", "backward-word"],
  ["ctrl-left", "backward-word"],
  ["alt-left", "backward-word"],
  ["alt-f", "forward-word"],
  ["ctrl-right", "forward-word"],
  ["alt-right", "forward-word"],
  ["home", "beginning-of-line"],
  ["ctrl-a", "beginning-of-line"],
  ["end", "end-of-line"],
  ["ctrl-e", "end-of-line"],
  ["backspace", "backward-delete-char"],
  ["delete", "delete-char"],
  ["ctrl-w", "backward-kill-word"],
  ["alt-backspace", "backward-kill-word"],
  ["alt-d", "kill-word"],
  ["ctrl-delete", "kill-word"],
  ["ctrl-u", "backward-kill-line"],
  ["ctrl-k", "kill-line"],
  ["ctrl-y", "yank"],
  ["ctrl-_", "undo"],
  ["ctrl-x ctrl-u", "undo"],
  ["ctrl-t", "transpose-chars"],
  ["ctrl-x ctrl-e", "edit-in-editor"],
  ["ctrl-l", "redraw"],
  ["ctrl-x ctrl-r", "reconnect"],
  ["ctrl-c", "interrupt"],
  ["ctrl-d", "delete-or-leave"],
  ["ctrl-g", "abort"],
  ["escape", "abort"],
];

/** Keys by name, without modifiers, as far as they have one of more than one character. */
const NAMED = new Set([
  ...["return", "tab", "backspace", "delete", "insert", "escape", "space", "up", "down", "left", "right"],
  ...["home", "end", "pageup", "pagedown", ...Array.from({ length: 12 }, (_, n) => `f${n + 1}`)],
]);

/** A binding that cannot be; `known`: what could have been meant. */
export class KeymapError extends Error {
  override readonly name = "KeymapError";

  constructor(
    readonly wrong: string,
    readonly known: readonly string[],
  ) {
    super(`unknown: ${wrong}`);
  }
}

export class Keymap {
  readonly #functions: ReadonlyMap<string, KeyFunction>;
  readonly #prefixes: ReadonlySet<string>;

  /** `bindings`: functions by keys, "none" for none. Throws KeymapError for an unknown key or function. */
  constructor(bindings: Readonly<Record<string, string>> = {}) {
    const functions = new Map(DEFAULT_KEYS);
    for (const [keys, does] of Object.entries(bindings)) {
      const normal = normalKeys(keys);
      if (does === "none") functions.delete(normal);
      else functions.set(normal, functionNamed(does));
    }
    this.#functions = functions;
    this.#prefixes = new Set([...functions.keys()].flatMap((keys) => keys.split(" ").slice(0, -1)));
  }

  functionOf(keys: string): KeyFunction | undefined {
    return this.#functions.get(keys);
  }

  /** Whether another chord is to follow. */
  isPrefix(chord: string): boolean {
    return this.#prefixes.has(chord);
  }

  /** The keys of a function. */
  keysOf(does: KeyFunction): readonly string[] {
    return [...this.#functions].filter(([, one]) => one === does).map(([keys]) => keys);
  }
}

export const defaultKeymap = new Keymap();

function functionNamed(name: string): KeyFunction {
  const found = KEY_FUNCTIONS.find((one) => one === name);
  if (!found) throw new KeymapError(name, [...KEY_FUNCTIONS, "none"]);
  return found;
}

/** `C-x`, `Ctrl-X`, `M-d` and `Alt-D` as chords are named here. */
function normalKeys(keys: string): string {
  return keys.trim().split(/\s+/).map(normalChord).join(" ");
}

function normalChord(chord: string): string {
  const [, modifiers = "", key = ""] = /^((?:(?:ctrl|c|alt|meta|m|shift|s)-)*)(.+)$/i.exec(chord) ?? [];
  const has = (...names: string[]) =>
    modifiers
      .toLowerCase()
      .split("-")
      .some((one) => names.includes(one));
  const plain = key.length === 1 ? key.toLowerCase() : (ALIASES.get(key.toLowerCase()) ?? key.toLowerCase());
  const isControl = has("ctrl", "c");
  const isAlt = has("alt", "meta", "m");
  const isKnown = NAMED.has(plain) || ([...plain].length === 1 && (isControl || isAlt));
  if (!isKnown) throw new KeymapError(chord, [...NAMED, ...DEFAULT_KEYS.map(([keys]) => keys)]);
  return `${isControl ? "ctrl-" : ""}${isAlt ? "alt-" : ""}${has("shift", "s") ? "shift-" : ""}${plain}`;
}

const ALIASES: ReadonlyMap<string, string> = new Map([
  ["enter", "return"],
  ["ret", "return"],
  ["esc", "escape"],
  ["del", "delete"],
  ["bs", "backspace"],
  ["pgup", "pageup"],
  ["pgdn", "pagedown"],
]);
