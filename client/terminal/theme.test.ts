import { describe, expect, it } from "vitest";
import { plainTheme } from "../text/line-text.js";
import { fnv1a } from "../text/nickname-hash.js";
import { createTheme, nicknameColour, nicknameColours } from "./theme.js";

/** Relative luminance (WCAG 2.1) of an entry of xterm's palette. */
function luminance(colour: number): number {
  const cube = colour - 16;
  const levels = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6];
  const [red = 0, green = 0, blue = 0] = levels.map((level) => {
    const value = (level === 0 ? 0 : 55 + level * 40) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

describe("colours of names", () => {
  it("follow FNV-1a", () => {
    expect(fnv1a("")).toBe(0x811c9dc5);
    expect(fnv1a("a")).toBe(0xe40c292c);
    expect(fnv1a("foobar")).toBe(0xbf9cf968);
  });

  it("are independent of letter case and of the encoding of accents", () => {
    expect(nicknameColour("Ada")).toBe(nicknameColour("ada"));
    expect(nicknameColour("Zoë")).toBe(nicknameColour("Zoe\u0308"));
  });

  it.each([...nicknameColours])("%i can be read on black and on white", (colour) => {
    const light = luminance(colour);
    expect((light + 0.05) / 0.05).toBeGreaterThan(3.76);
    expect(1.05 / (light + 0.05)).toBeGreaterThan(3.76);
  });
});

describe("a theme", () => {
  it("colours with 256 colours, own name bold", () => {
    const theme = createTheme(8);
    expect(theme.nickname("ada", false)).toBe(`\x1b[38;5;${nicknameColour("ada")}mada\x1b[39m`);
    expect(theme.nickname("ada", true)).toBe(`\x1b[1;38;5;${nicknameColour("ada")}mada\x1b[22;39m`);
  });

  it("only makes names bold with fewer", () => {
    expect(createTheme(4).nickname("ada", false)).toBe("\x1b[1mada\x1b[22m");
  });

  it("uses no colour at all without any (NO_COLOR)", () => {
    const theme = createTheme(1);
    const all = [
      theme.problem("!"),
      theme.privateTag("[p]"),
      theme.nickname("ada", true),
      theme.mention("@ada"),
    ];
    expect(all.join("")).not.toMatch(/\x1b\[(?:\d+;)*[349]\d/);
  });

  it("for pipes adds nothing to the words", () => {
    const paints = [
      plainTheme.time,
      plainTheme.notice,
      plainTheme.problem,
      plainTheme.mention,
      plainTheme.status,
    ];
    for (const paint of paints) expect(paint("x")).toBe("x");
    expect(plainTheme.nickname("ada", true)).toBe("ada");
  });
});
