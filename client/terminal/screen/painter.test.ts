import { beforeEach, describe, expect, it } from "vitest";
import { CursorReports } from "./cursor-reports.js";
import type { Footer } from "./frame.js";
import { createPainter, type Painter } from "./painter.js";
import type { Reflow } from "./reflow.js";

const footer = { rows: [" STATUS", "ming> hi"], cursorRow: 1, cursorColumn: 8 };
let out: { columns: number; rows: number; write(text: string): boolean };
let written: string[];
let reports: CursorReports;
let painter: Painter;

function open(reflow: Reflow): void {
  written = [];
  out = { columns: 80, rows: 24, write: (text) => written.push(text) > 0 };
  reports = new CursorReports();
  painter = createPainter({ out, reflow: () => reflow, ambiguous: () => "narrow", cursorReports: reports });
}

function paint(columns = 80, rows = 24): string {
  return paintWith([], footer, columns, rows);
}

function paintWith(messages: readonly string[], shown: Footer, columns = 80, rows = 24): string {
  Object.assign(out, { columns, rows });
  painter.paint(messages, shown, painter.size(), "");
  return written.at(-1) ?? "";
}

describe("in tmux", () => {
  beforeEach(() => open("tmux"));

  it("requests the rows below once, and finds the footer from the screen's last row", () => {
    expect(paint()).toContain("\x1b[6n");
    expect(paint()).not.toContain("\x1b[6n");
    // A modified F3 looks like a response.
    reports.report(1, 2);
    reports.report(5, 1);
    // Row 5 of 24: 19 below, and one of two rows.
    expect(paint(40)).toContain("\r\x1b[9999B\x1b[20A\x1b[2K");
  });

  it("requests them again after a change of height, and ignores an earlier response", () => {
    paint();
    expect(paint(80, 30)).toContain("\x1b[6n");
    reports.report(5, 1);
    expect(paint(40, 30)).not.toContain("\x1b[9999B");
    reports.report(28, 1);
    expect(paint(60, 30)).toContain("\r\x1b[9999B\x1b[3A\x1b[2K");
  });
});

describe("in tmux, after a screenful of messages", () => {
  const screenful = Array.from({ length: 30 }, (_, n) => `#${n}`);
  const tall = { rows: [" STATUS", "ming> 1", "2", "3"], cursorRow: 1, cursorColumn: 7 };
  const walk = `\x1b[9999B${"\r\b".repeat(23)}\r`;

  beforeEach(() => {
    open("tmux");
    paint();
    paintWith(screenful, footer);
  });

  it("walks to the footer from the last row, so that it finds no message at any width", () => {
    paint();
    expect(paint()).toContain(`${walk}\x1b[2K`);
    expect(paint(40)).toContain(`${walk}\x1b[2K`);
    expect(paint(40)).not.toContain("\x1b[6n");
  });

  it("goes to the input's row along the marks of the footer's line", () => {
    paint();
    expect(paintWith([], tall)).toMatch(/ 3\r\x08\r\x08\r\x1b\[7C/);
  });

  it("keeps a footer that needs fewer rows in the last row, and fills the rows above it with messages", () => {
    paintWith([], tall);
    expect(paint()).toContain("\x1b8\r\n\r\n STATUS");
    const next = paintWith(["one"], footer);
    expect(next).toContain(`${walk}\x1b[2A\x1b[2K`);
    expect(next).toContain("\x1b8one\r\n\r\n STATUS");
    expect(paintWith(["two", "three"], footer)).toContain("\x1b8two\r\nthree\r\n STATUS");
    expect(paint()).toContain(`${walk}\x1b[2K`);
  });

  it("goes down to the last rows after a resize, whatever the old footer took", () => {
    paint();
    expect(paint(30)).toContain("\x1b8\r\n\r\n\x1b[9999B\x1b[1A STATUS");
    expect(paint(30)).toContain("\x1b8\r\n STATUS");
  });

  it("leaves the rows above to the messages also on the way out", () => {
    paintWith([], tall);
    paint();
    painter.paint([], null, painter.size(), "");
    expect(written.at(-1)).toContain(`${walk}\x1b[2A\x1b[2K`);
  });

  it("puts the cursor into the last row, below which a lower screen cannot cut", () => {
    painter.toBottom();
    expect(written.at(-1)).toBe("\x1b[9999B");
    painter.forget();
    paint();
    const frames = written.length;
    painter.toBottom();
    expect(written).toHaveLength(frames);
  });

  it("starts at the cursor again on a screen higher than the lines written", () => {
    paint();
    const frame = paint(80, 60);
    expect(frame).not.toContain("\x1b[9999B");
    expect(frame).toContain(`${"\r\b".repeat(59)}\r\x1b[2K`);
    expect(frame).toContain("\x1b[6n");
  });
});

describe("under xterm.js", () => {
  beforeEach(() => open("xterm.js"));

  it("requests only the length of the walk after a change of width", () => {
    expect(paint()).not.toContain("\x1b[6n");
    expect(paint()).not.toContain("\x1b[6n");
    expect(paint(30).split("\x1b[6n")).toHaveLength(3);
  });

  it("also draws where the terminal has no size", () => {
    paint();
    expect(paint(0, 0)).toContain("ming> hi");
  });
});
