/** Hyperlinks (OSC 8): which terminals have them, and how they are written. */

type Environment = Readonly<Record<string, string | undefined>>;

const PROGRAMS = new Set(["iTerm.app", "WezTerm", "ghostty", "vscode", "mintty", "Hyper", "rio", "contour"]);
const TERMS = /^(?:xterm-kitty|xterm-ghostty|alacritty|foot|wezterm|contour|rio)/;

/**
 * Whether the terminal shows hyperlinks, from its environment. An unknown one is not sent any: some print what they do not
 * understand. tmux has had them since 3.4 and passes them on to terminals that it knows to; they must not pass it by, for
 * it would not know of which cells they are.
 */
export function hasHyperlinks(env: Environment): boolean {
  const { TERM = "", TERM_PROGRAM = "", TERM_PROGRAM_VERSION = "" } = env;
  if (env.STY || TERM === "linux" || TERM === "dumb") return false;
  if (env.TMUX) return TERM_PROGRAM === "tmux" && isAtLeast(TERM_PROGRAM_VERSION, 3, 4);
  if (PROGRAMS.has(TERM_PROGRAM) || env.LC_TERMINAL === "iTerm2" || TERMS.test(TERM)) return true;
  if (env.WT_SESSION || env.KITTY_WINDOW_ID || env.ALACRITTY_WINDOW_ID) return true;
  // 0.50.0 crashes on them.
  return Number(env.VTE_VERSION) > 5000 || Number(env.KONSOLE_VERSION) >= 201200;
}

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [, first, second] = /(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(first) > major || (Number(first) === major && Number(second) >= minor);
}

/** `address`: printable ASCII without a semicolon; `shown`: its characters, which may be styled. */
export function hyperlink(address: string, shown: string): string {
  return `\x1b]8;;${address}\x1b\\${shown}\x1b]8;;\x1b\\`;
}
