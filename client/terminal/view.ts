/** What the screen says: lines for the scrollback with their day lines, and the footer. */

import type { Line } from "../chat/line.js";
import type { State } from "../chat/state.js";
import type { Catalog } from "../i18n/zh-CN.js";
import { clockText, localDay, type TimeFormat } from "../text/clock-text.js";
import type { Theme } from "../text/line-text.js";
import { lineText } from "../text/line-text.js";
import { sanitizeRow } from "../text/sanitize.js";
import { type Ambiguous, cellWidth, cutToCells } from "../text/width.js";
import type { CompletionMenu, EditorState } from "./input/editor-state.js";
import { layoutInput, statusRow, usableColumns } from "./layout.js";
import type { Footer, Size } from "./screen/frame.js";

export interface Scrollback {
  /** `line` for `Renderer.print`, a day line before it where a local day begins. `self`: the reader's nickname. */
  text(line: Line, self: string | null): string;
}

/** Keeps nothing but the day that was told last. */
export function createScrollback(words: Catalog, theme: Theme, timeFormat: TimeFormat): Scrollback {
  let day = "";
  const time = (at: number) => clockText(at, timeFormat);
  return {
    text(line, self) {
      const text = lineText(line, { words, theme, time, self, interactive: true });
      if (!isDated(line) || localDay(line.at) === day) return text;
      day = localDay(line.at);
      return `${theme.rule(`---- ${words.day(line.at)} ----`)}\n${text}`;
    },
  };
}

const UNDATED: ReadonlySet<Line["kind"]> = new Set(["users", "help", "before", "history", "history_end"]);

/** Answers to what was just typed need no day; rules do, so that a day does not begin under its own heading. */
function isDated(line: Line): boolean {
  if (line.kind === "problem") return line.problem.what === "connection_lost";
  return !UNDATED.has(line.kind);
}

export interface FooterInput {
  readonly words: Catalog;
  readonly theme: Theme;
  readonly state: State;
  readonly editor: EditorState;
  /** To whom the input goes if it is a private message (`recipientOf` of session/parse). */
  readonly recipient: string | null;
  readonly size: Size;
  readonly ambiguous: Ambiguous;
  /** Our clock, ms since 1970: counts down to the next attempt. */
  readonly nowMs: number;
  /** Texts that were sent a while ago and are not answered. Default 0. */
  readonly undelivered?: number;
}

function promptText({ state, recipient, words }: FooterInput): string {
  // A session that was given by its token alone has no name that we know of.
  const self = sanitizeRow(state.self?.nickname || words.spoken.you);
  if (recipient !== null) return `${self} -> ${sanitizeRow(recipient)}> `;
  return `${self}${state.ignoring ? words.promptIgnoring : ""}> `;
}

/** The left and right end of the status row. */
function statusTexts({ state, words, nowMs, undelivered = 0 }: FooterInput): { left: string; right: string } {
  const { status } = words;
  const { connection, ignoring, online } = state;
  const waiting = undelivered > 0 ? status.undelivered(undelivered) : "";
  const join = (...parts: string[]) => ` ${parts.filter((part) => part !== "").join(" | ")}`;
  if (connection.phase === "offline") {
    const left = join(
      status.reconnecting,
      status.attempt(connection.attempt),
      status.retryIn(Math.max(0, connection.retryAtMs - nowMs)),
      waiting,
    );
    return { left, right: status.retryHint };
  }
  if (connection.phase !== "online") return { left: join(status.connecting), right: "" };
  return {
    left: join(status.connected, status.online(online), ignoring ? status.ignoring : "", waiting),
    right: ignoring ? status.ignoringHint : status.helpHint,
  };
}

/** The candidates from the first that lets the chosen one fit, then the hint if it still fits. */
function menuRow(menu: CompletionMenu, { words, theme, size, ambiguous }: FooterInput): string {
  const width = usableColumns(size.columns) - 1;
  const labels = menu.candidates.map(({ label }) => sanitizeRow(label));
  const cells = labels.map((label) => cellWidth(label, ambiguous) + 2);
  let first = 0;
  const upTo = (start: number) =>
    cells.slice(start, menu.selected + 1).reduce((sum, cell) => sum + cell, 0) - 1;
  while (first < menu.selected && upTo(first) > width) first++;
  let row = "";
  let used = 0;
  for (const [index, label] of labels.entries()) {
    if (index < first || used >= width) continue;
    const gap = index === first ? " " : "  ";
    const shown = cutToCells(label, Math.max(0, width - used - gap.length), ambiguous);
    if (shown === "") break;
    row += gap + (index === menu.selected ? theme.chosen(shown) : shown);
    used += gap.length + cellWidth(shown, ambiguous);
    if (shown !== label) used = width;
  }
  const hint = `   ${words.status.nextHint}`;
  const room = width - used;
  const hintCells = cellWidth(hint, ambiguous);
  return row + (hintCells <= room ? hint + " ".repeat(room - hintCells) : " ".repeat(Math.max(0, room)));
}

function placeInput(
  status: readonly string[],
  editor: EditorState,
  prompt: string,
  size: Size,
  ambiguous: Ambiguous,
): Footer {
  const input = layoutInput(editor, prompt, size, ambiguous);
  // On a screen of one or two rows the input is all there is.
  const above = size.rows >= 3 ? status : [];
  return {
    rows: [...above, ...input.rows],
    cursorRow: above.length + input.cursorRow,
    cursorColumn: input.cursorColumn,
  };
}

/** Status row (or completion menu) and input. */
export function viewFooter(input: FooterInput): Footer {
  const { editor, size, ambiguous, theme } = input;
  const { left, right } = statusTexts(input);
  const row = editor.menu ? menuRow(editor.menu, input) : statusRow(left, right, size.columns, ambiguous);
  return placeInput([theme.status(row)], editor, promptText(input), size, ambiguous);
}

/** First run, above the prompt: which server, and what a nickname may be. */
export function viewLoginIntro(words: Catalog, server: string): string {
  return `${words.login.server(sanitizeRow(server))}\n${words.login.rule}`;
}

/** First run: the prompt for a nickname, without a status row. */
export function viewLoginFooter(
  words: Catalog,
  editor: EditorState,
  size: Size,
  ambiguous: Ambiguous = "narrow",
): Footer {
  return placeInput([], editor, words.login.prompt, size, ambiguous);
}
