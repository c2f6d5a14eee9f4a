import { describe, expect, it } from "vitest";
import { CursorReports } from "./cursor-reports.js";

describe("cursor reports", () => {
  it("are matched with the requests in order", () => {
    const reports = new CursorReports();
    const heard: string[] = [];
    reports.report(9, 9);
    reports.expect((row) => heard.push(`first ${row}`) > 0);
    reports.expect((row) => heard.push(`second ${row}`) > 0);
    for (const row of [1, 2, 3]) reports.report(row, 1);
    expect(heard).toEqual(["first 1", "second 2"]);
  });

  it("are still expected after a key that looked like one", () => {
    const reports = new CursorReports();
    const heard: number[] = [];
    reports.expect((row, column) => column === 1 && heard.push(row) > 0);
    reports.report(1, 2);
    reports.report(7, 1);
    expect(heard).toEqual([7]);
  });

  it("are not expected any more after the terminal was suspended", () => {
    const reports = new CursorReports();
    const heard: number[] = [];
    reports.expect((row) => heard.push(row) > 0);
    reports.forget();
    reports.report(7, 1);
    expect(heard).toEqual([]);
  });
});
