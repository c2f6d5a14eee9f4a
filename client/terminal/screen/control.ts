/** The control sequences that are written (ECMA-48; private modes: xterm's ctlseqs). */
export const control = {
  /** Mode 2026, synchronized output: everything until `endSync` is shown at once. Unknown modes are ignored. */
  beginSync: "\x1b[?2026h",
  endSync: "\x1b[?2026l",
  hideCursor: "\x1b[?25l",
  showCursor: "\x1b[?25h",
  beginPasteMode: "\x1b[?2004h",
  endPasteMode: "\x1b[?2004l",
  /** Mode 1004: the terminal reports focus, `CSI I`, and its loss, `CSI O`. */
  beginFocusMode: "\x1b[?1004h",
  endFocusMode: "\x1b[?1004l",
  saveCursor: "\x1b7",
  restoreCursor: "\x1b8",
  eraseRow: "\x1b[2K",
  /** With the current background (bce). */
  eraseToEdge: "\x1b[K",
  resetStyle: "\x1b[0m",
  askCursor: "\x1b[6n",
  /** Secondary device attributes, DA2: identifies the terminal. */
  askAttributes: "\x1b[>c",
  /** DEC mode 45: a backspace in column 0 moves to the row above, if that row wrapped into this one. */
  beginReverseWrap: "\x1b[?45h",
  endReverseWrap: "\x1b[?45l",
  toRowAboveIfWrapped: "\r\b",
  /** A count of rows at which the cursor stops at the screen's edge. */
  beyondAnyScreen: 9999,
  /** `count` 0 is no sequence: as a parameter it would mean 1. */
  up: (count: number): string => (count > 0 ? `\x1b[${count}A` : ""),
  down: (count: number): string => (count > 0 ? `\x1b[${count}B` : ""),
  right: (count: number): string => (count > 0 ? `\x1b[${count}C` : ""),
} as const;
