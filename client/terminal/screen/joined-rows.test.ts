import { describe, expect, it } from "vitest";
import { control } from "./control.js";
import { joinRows, type ScreenSince, toFirstJoinedRow } from "./joined-rows.js";
import { FakeScreen } from "./test-emulator.js";

const rows = [" STATUS", "小明> ab", "", "0123456789", "end"];

describe("rows drawn as one line", () => {
  it("look as if each had been drawn separately, also empty and full ones", async () => {
    const screen = new FakeScreen({ columns: 10, rows: 8 });
    screen.write(joinRows(rows, 10, "narrow"));
    expect((await screen.grid()).split("\n").map((row) => row.trimEnd())).toEqual([
      ...rows.slice(0, 4),
      "end█",
    ]);
    expect(await screen.lines()).toHaveLength(1);
  });

  it("stay in place where a character is narrower than expected", async () => {
    const screen = new FakeScreen({ columns: 10, rows: 8 });
    screen.write(joinRows(["── wid", "next"], 10, "wide"));
    expect((await screen.grid()).replace(/ +\n/, "\n")).toBe("── wid\nnext█");
  });
});

describe("the way to their first row", () => {
  const drawn = { rows, cursorRow: 2, cursorColumn: 0, columns: 10, joined: true, apart: 0 };
  const way = (since: Partial<ScreenSince>, wrapsCursorLine?: boolean) =>
    toFirstJoinedRow(drawn, {
      screen: { columns: 10, rows: 24, shrunk: false, ...since },
      wrapsCursorLine,
      mayAsk: true,
      ambiguous: "narrow",
    });
  const fromLast = (text: string) => text.startsWith(control.down(2));

  it("starts at the cursor, or at the last row if the cursor may have left its own", () => {
    expect(fromLast(way({}, false).text)).toBe(false);
    expect(fromLast(way({}, true).text)).toBe(true);
    expect(fromLast(way({ columns: 6, shrunk: true }).text)).toBe(false);
    expect(fromLast(way({ columns: 40 }).text)).toBe(true);
  });

  it("is measured where that distinguishes the cases, and then known", () => {
    expect(way({}).asks).toBeNull();
    expect(way({ columns: 5, shrunk: true }).asks).toEqual({ ifLeftAlone: 2, ifWrapped: 6 });
    expect(way({ columns: 22 }).asks).toEqual({ ifLeftAlone: 4, ifWrapped: 1 });
    const cut = { columns: 60, shrunk: true };
    expect(way(cut).asks).toBeNull();
    expect(fromLast(way(cut).text)).toBe(true);
    expect(fromLast(way(cut, true).text)).toBe(true);
    expect(fromLast(way(cut, false).text)).toBe(false);
  });
});
