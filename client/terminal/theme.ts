/** Colours and weights of a terminal. All meaning is in the words; colours only support it. */

import type { Theme } from "../text/line-text.js";
import { nicknameHash } from "../text/nickname-hash.js";
import { hyperlink } from "./hyperlinks.js";
import { control } from "./screen/control.js";
import { COLUMN, GLUE, HANG } from "./screen/wrap.js";

/** xterm's 256-colour palette; each at least 3.77:1 on black and on white (WCAG contrast, computed). */
export const nicknameColours = [
  131, 166, 130, 100, 64, 28, 29, 30, 31, 67, 62, 99, 97, 134, 163, 132,
] as const;
const problemColour = 160;

/** The colour of a nickname in xterm's palette. */
export function nicknameColour(nickname: string): number {
  return nicknameColours[nicknameHash(nickname) % nicknameColours.length] ?? nicknameColours[0];
}

const sgr = (on: string, off: string) => (text: string) =>
  text === "" ? "" : `\x1b[${on}m${text}\x1b[${off}m`;
const plain = (text: string) => text;

/**
 * `depth`: bits of colour from `tty.getColorDepth()` (1, 4, 8 or 24; it respects NO_COLOR and FORCE_COLOR). Below 8
 * nicknames are only bold, at 1 nothing is coloured; weights and reverse video remain, they are no colours. `links`:
 * whether the terminal has hyperlinks.
 */
export function createTheme(depth: number, links = false): Theme {
  const bold = sgr("1", "22");
  const dim = sgr("2", "22");
  const reverse = sgr("7", "27");
  return {
    time: dim,
    notice: dim,
    problem: depth >= 8 ? sgr(`38;5;${problemColour}`, "39") : depth >= 4 ? sgr("31", "39") : bold,
    rule: dim,
    privateTag: depth >= 4 ? sgr("35", "39") : plain,
    nickname(nickname, own) {
      if (depth < 8) return bold(nickname);
      const colour = nicknameColour(nickname);
      return own ? sgr(`1;38;5;${colour}`, "22;39")(nickname) : sgr(`38;5;${colour}`, "39")(nickname);
    },
    mention: reverse,
    link: links ? hyperlink : (_address, shown) => shown,
    status: reverse,
    // Only a background reaches the edge without characters.
    shortStatus: depth >= 4 ? (text) => `\x1b[30;47m${text}${control.eraseToEdge}\x1b[39;49m` : reverse,
    chosen: sgr("27;1", "22;7"),
    hang: HANG,
    column: COLUMN,
    glue: GLUE,
  };
}
