import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { cellWidth } from "./cells.js";
import { graphemes } from "./graphemes.js";

describe("graphemes", () => {
  it("are those of UAX #29 in any combination", () => {
    const segmenter = new Intl.Segmenter("zh");
    let seed = 5;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return (seed >>> 8) % below;
    };
    const parts = [
      "a",
      "1",
      "#",
      " ",
      "\n",
      "\r",
      "你",
      "，",
      "か",
      "\u3099",
      "\u0301",
      "\u200d",
      "👩",
      "\ufe0f",
    ];
    parts.push("\u20e3", "🇨", "🏽", "\u0600", "ｶ", "ﾞ", "ㄱ", "ᅡ", "क", "्", "\u302a", "〰", "！", "\u200b");
    for (let round = 0; round < 5000; round++) {
      const text = Array.from({ length: random(12) }, () => parts[random(parts.length)]).join("");
      expect(graphemes(text)).toEqual(Array.from(segmenter.segment(text), ({ segment }) => segment));
    }
  });
});

describe("cell widths", () => {
  it("are string-width's for every single character of the planes in use", () => {
    const wrong: string[] = [];
    for (let code = 0x20; code < 0x10000; code++) {
      const character = String.fromCharCode(code);
      if (cellWidth(character) !== stringWidth(character)) wrong.push(code.toString(16));
    }
    expect(wrong).toEqual([]);
  });
});
