import { beforeEach, describe, expect, it } from "vitest";
import { CursorReports } from "./cursor-reports.js";
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
  Object.assign(out, { columns, rows });
  painter.paint([], footer, painter.size(), "");
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
