import { describe, expect, it } from "vitest";
import { CursorReports } from "./cursor-reports.js";

describe("answers to the question where the cursor is", () => {
  it("go to those who asked, in their order, and to nobody else", () => {
    const reports = new CursorReports();
    const heard: string[] = [];
    reports.report(9, 9);
    reports.expect((row) => heard.push(`first ${row}`) > 0);
    reports.expect((row) => heard.push(`second ${row}`) > 0);
    for (const row of [1, 2, 3]) reports.report(row, 1);
    expect(heard).toEqual(["first 1", "second 2"]);
  });

  it("are still waited for when a key looked like one", () => {
    const reports = new CursorReports();
    const heard: number[] = [];
    reports.expect((row, column) => column === 1 && heard.push(row) > 0);
    reports.report(1, 2);
    reports.report(7, 1);
    expect(heard).toEqual([7]);
  });

  it("do not come any more after the terminal was given away", () => {
    const reports = new CursorReports();
    const heard: number[] = [];
    reports.expect((row) => heard.push(row) > 0);
    reports.forget();
    reports.report(7, 1);
    expect(heard).toEqual([]);
  });
});
