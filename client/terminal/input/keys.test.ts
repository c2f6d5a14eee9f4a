import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createKeyParser, type Key } from "./keys.js";

let keys: Key[];
let reports: [number, number][];
let attributes: string[];
/** Reads that were not UTF-8. */
let altered: number;
let parser: ReturnType<typeof createKeyParser>;

beforeEach(() => {
  vi.useFakeTimers();
  keys = [];
  reports = [];
  attributes = [];
  altered = 0;
  parser = createKeyParser({
    onKeys: (batch) => keys.push(...batch),
    onCursorReport: (row, column) => reports.push([row, column]),
    onAttributes: (parameters) => attributes.push(parameters),
    onNotUtf8: () => altered++,
  });
});

afterEach(() => {
  parser.close();
  vi.useRealTimers();
});

const chord = (name: string): Key => ({ kind: "chord", chord: name });
const text = (typed: string): Key => ({ kind: "text", text: typed });
const paste = (pasted: string): Key => ({ kind: "paste", text: pasted });

/** Pieces of a stream may be merged differently; what counts is the text. */
function pasted(): string {
  return keys.map((key) => (key.kind === "paste" ? key.text : `<${key.kind}>`)).join("");
}

describe("keys", () => {
  it.each([
    ["\r", "return"],
    ["\n", "ctrl-j"],
    ["\x1b\r", "alt-return"],
    ["\x08", "backspace"],
    ["\x7f", "backspace"],
    ["\x1b\x7f", "alt-backspace"],
    ["\x1b[3~", "delete"],
    ["\x1b[D", "left"],
    ["\x1bOD", "left"],
    ["\x1b[C", "right"],
    ["\x1b[A", "up"],
    ["\x1b[B", "down"],
    ["\x1b[H", "home"],
    ["\x1b[1~", "home"],
    ["\x1bOF", "end"],
    ["\x1b[4~", "end"],
    ["\x1b[1;5D", "ctrl-left"],
    ["\x1b[1;3C", "alt-right"],
    ["\x1bb", "alt-b"],
    ["\x1bf", "alt-f"],
    ["\t", "tab"],
    ["\x1f", "ctrl-_"],
    ["\x1bd", "alt-d"],
    ["\x1b[3;5~", "ctrl-delete"],
    ["\x18", "ctrl-x"],
    ["\x1b[Z", "shift-tab"],
    ["\x01", "ctrl-a"],
    ["\x03", "ctrl-c"],
    ["\x04", "ctrl-d"],
    ["\x0c", "ctrl-l"],
    ["\x12", "ctrl-r"],
    ["\x17", "ctrl-w"],
    ["\x1a", "ctrl-z"],
  ])("reads %j as %s", (bytes, name) => {
    parser.push(bytes);
    expect(keys).toEqual([chord(name)]);
  });

  it("reports typed characters of any script as text", () => {
    parser.push("aÄ 你🇨🇳👨‍👩‍👧");
    expect(keys).toEqual([text("aÄ 你🇨🇳👨‍👩‍👧")]);
  });

  it("joins a character split between chunks", () => {
    for (const byte of Buffer.from("你👍")) parser.push(Uint8Array.of(byte));
    expect(keys).toEqual([text("你"), text("👍")]);
  });

  it("joins a sequence split between chunks", () => {
    for (const byte of "\x1b[1;5D") parser.push(byte);
    vi.advanceTimersByTime(2000);
    expect(keys).toEqual([chord("ctrl-left")]);
  });

  it.each([
    ["cursor report", "\x1b[12;3R"],
    ["focus", "\x1b[I\x1b[O"],
    ["colour answer", "\x1b]11;rgb:0000/0000/0000\x07"],
    ["colour answer ended by ST", "\x1b]11;rgb:0000/0000/0000\x1b\\"],
    ["version answer", "\x1bP>|WezTerm 2024\x1b\\"],
    ["device attributes", "\x1b[?62;4;22c"],
    ["mode report", "\x1b[?2026;2$y"],
    ["modified key", "\x1b[27;2;13~"],
    ["CSI u key", "\x1b[97;5u"],
    ["mouse", "\x1b[<0;12;7M"],
    ["stray control byte", "\x1f\x1c\x1d"],
    ["C1 byte", "\x9b\x85"],
  ])("inserts nothing for a %s", (_name, bytes) => {
    parser.push(bytes);
    vi.advanceTimersByTime(2000);
    expect(keys.filter((key) => key.kind !== "chord")).toEqual([]);
  });

  it("reports the terminal's attributes, also in two pieces and between typed text", () => {
    parser.push("ab\x1b[>0;27");
    parser.push("6;0cc");
    expect(attributes).toEqual(["0;276;0"]);
    expect(pasted()).toBe("<text><text>");
    expect(keys).toEqual([text("ab"), text("c")]);
  });

  it("reports the cursor", () => {
    parser.push("\x1b[12;3R");
    expect(reports).toEqual([[12, 3]]);
  });

  it("reports a lone Esc after the sequence timeout, and later text as text", () => {
    parser.push("\x1b");
    expect(keys).toEqual([]);
    vi.advanceTimersByTime(500);
    parser.push("[D");
    expect(keys).toEqual([chord("escape"), text("[D")]);
  });

  it("keeps text typed after Alt-], although that opens an OSC", () => {
    parser.push("\x1b]");
    parser.push("你好");
    vi.advanceTimersByTime(500);
    expect(keys).toEqual([text("你好")]);
  });

  it("drops an incomplete sequence", () => {
    parser.push("\x1b[12;");
    vi.advanceTimersByTime(500);
    parser.push("a");
    expect(keys).toEqual([text("a")]);
  });
});

describe("a bracketed paste", () => {
  it("keeps its rows and drops control characters", () => {
    parser.push("\x1b[200~a\r\nb\rc\x07\x1b[31m\td\x1b[201~x");
    expect(keys).toEqual([paste("a\nb\nc[31m\td"), text("x")]);
  });

  it("is independent of how its bytes are split", () => {
    const bytes = Buffer.from("\x1b[200~第一行\r\n第二行\x1b[20\r\r\n👍\r\n\r\n\x1b[201~");
    for (let cut = 1; cut < bytes.length; cut++) {
      keys = [];
      parser.push(bytes.subarray(0, cut));
      parser.push(bytes.subarray(cut));
      expect(pasted()).toBe("第一行\n第二行[20\n\n👍\n");
    }
  });

  it("never submits", () => {
    parser.push("\x1b[200~a\r/quit\r\x03\x04\x1b[201~");
    expect(keys).toEqual([paste("a\n/quit\n")]);
  });

  it("loses the line end behind its last row", () => {
    parser.push("\x1b[200~single line\n\x1b[201~");
    parser.push("\x1b[200~x\x1b[201~");
    expect(pasted()).toBe("single linex");
  });

  it("times out 10 s after its last piece when the end mark is lost, even while the person types", () => {
    parser.push("\x1b[200~a long enough row of text\r");
    for (let second = 0; second < 9; second++) {
      vi.advanceTimersByTime(1000);
      parser.push("x");
    }
    expect(pasted()).toBe("a long enough row of text\nxxxxxxxxx");
    vi.advanceTimersByTime(1000);
    parser.push("\r");
    expect(keys.at(-1)).toEqual(chord("return"));
  });

  it("lasts longer than 10 s while its text still arrives", () => {
    parser.push("\x1b[200~");
    for (let second = 0; second < 30; second++) {
      vi.advanceTimersByTime(1000);
      parser.push("another row of a long text\r");
    }
    parser.push("\x1b[201~");
    expect(pasted()).toBe("another row of a long text\n".repeat(30).slice(0, -1));
  });
});

describe("a paste without marks", () => {
  it("is several line ends with text in one read", () => {
    parser.push("row one\r@alice my secret\r/quit\rrow four\r");
    expect(keys).toEqual([paste("row one\n@alice my secret\n/quit\nrow four")]);
  });

  it("is one line end in the middle of a long read", () => {
    parser.push("a row of some length\rand another");
    expect(keys).toEqual([paste("a row of some length\nand another")]);
  });

  it("is a read longer than any typing, also without a line end, and what follows it at once", () => {
    const row = "x".repeat(1_024);
    parser.push(row);
    parser.push("the rest\r");
    expect(keys.every(({ kind }) => kind === "paste")).toBe(true);
    expect(pasted()).toBe(`${row}the rest`);
  });

  it("goes on in the reads that follow at once, whatever they are", () => {
    const rows = Array.from({ length: 200 }, (_, row) => `row ${row}`).join("\r");
    for (let at = 0; at < rows.length; at += 100) parser.push(rows.slice(at, at + 100));
    parser.push("\r");
    expect(pasted()).toBe(rows.replaceAll("\r", "\n"));
    vi.advanceTimersByTime(100);
    parser.push("\r");
    expect(keys.at(-1)).toEqual(chord("return"));
  });

  it("is not joined to the text that comes after its last line end", () => {
    for (const next of ["four\rfive\r", "four"]) {
      parser.push("one\rtwo\rthree\r");
      vi.advanceTimersByTime(1_000);
      parser.push(next);
      vi.advanceTimersByTime(1_000);
    }
    expect(keys.slice(0, 3)).toEqual([
      paste("one\ntwo\nthree"),
      paste("\nfour\nfive"),
      paste("\none\ntwo\nthree"),
    ]);
    expect(keys.slice(3)).toEqual([paste("\n"), text("four")]);
  });

  it("loses its last line end to a key", () => {
    parser.push("one\rtwo\rthree\r");
    vi.advanceTimersByTime(1_000);
    parser.push("\r");
    parser.push("four");
    expect(keys.slice(1)).toEqual([chord("return"), text("four")]);
  });

  it("has no keys in it, and ends with the first read of keys alone", () => {
    parser.push("one\r\x1b[31mtwo\x1b[0m\r\x03\x1b[Athree\r");
    expect(pasted()).toBe("one\ntwo\nthree");
    parser.push("\x03");
    parser.push("x\r");
    expect(keys.slice(1)).toEqual([chord("ctrl-c"), text("x"), chord("return")]);
  });

  it("is not what a person typed ahead, or a script", () => {
    parser.push("hello\rhow");
    parser.push("are you there, all of you?\r");
    parser.push("\r\r");
    parser.push("\x1b[A\r\x1b[A\r");
    const typed = keys.map((key) => (key.kind === "chord" ? `<${key.chord}>` : key.text)).join("");
    expect(typed).toBe(
      "hello<return>howare you there, all of you?<return><return><return><up><return><up><return>",
    );
  });
});

describe("sequences that are no keys", () => {
  it.each([
    ["\x1b[12345;1u", "a parameter of five digits"],
    ["\x1b[1;10A", "a modifier of two digits"],
    ["\x1b[M !!", "a report of the oldest mouse mode"],
    ["\x9b12345;1u", "the same in eight bits"],
    ["\x9d0;title\x07", "an OSC in eight bits"],
  ])("%j, %s, is dropped whole", (sequence) => {
    for (let cut = 0; cut < sequence.length; cut++) {
      keys = [];
      parser.push(Buffer.from(sequence.slice(0, cut), "latin1"));
      parser.push(Buffer.from(sequence.slice(cut), "latin1"));
      parser.push("x");
      expect(keys).toEqual([text("x")]);
    }
  });

  it("keys in eight bits are keys, and characters with such bytes are text", () => {
    parser.push(Buffer.from([0x9b, 0x41]));
    parser.push(Buffer.from("\u009b1;5D盛💛"));
    expect(keys).toEqual([chord("up"), chord("ctrl-left"), text("盛💛")]);
  });

  it("an Esc and a letter a moment later are two keys", () => {
    parser.push("\x1b");
    vi.advanceTimersByTime(100);
    parser.push("b");
    parser.push("\x1bb");
    expect(keys).toEqual([chord("escape"), text("b"), chord("alt-b")]);
  });
});

describe("any sequence that is no key", () => {
  const chars = (from: number, to: number, maxLength: number) =>
    fc.string({
      unit: fc.integer({ min: from, max: to }).map((code) => String.fromCharCode(code)),
      maxLength,
    });
  /** ECMA-48 5.4: parameters, intermediates, final; not the start of a paste, the oldest mouse, or a console's key. */
  const csi = fc
    .tuple(chars(0x30, 0x3f, 12), chars(0x20, 0x2f, 2), chars(0x40, 0x7e, 1))
    .map((parts) => parts.join(""))
    .filter((rest) => /[@-~]$/.test(rest) && !/^(?:200~|M|\[)$/.test(rest));
  /** ECMA-48 5.6: OSC, DCS, SOS, PM, APC with the string terminator, of which xterm also takes BEL. */
  const text8 = chars(0x20, 0x7e, 40);
  const string = fc.tuple(fc.constantFrom("]", "P", "X", "^", "_"), text8, fc.constantFrom("\x07", "\x1b\\"));
  const sequence = fc.oneof(
    csi.map((rest) => `\x1b[${rest}`),
    csi.map((rest) => `\x9b${rest}`),
    string.map((parts) => `\x1b${parts.join("")}`),
  );

  it("leaves nothing in the input, wherever it is cut", () => {
    fc.assert(
      fc.property(sequence, fc.nat(), (sent, at) => {
        keys = [];
        const bytes = Buffer.from(sent, "latin1");
        const cut = at % bytes.length;
        parser.push(bytes.subarray(0, cut));
        parser.push(bytes.subarray(cut));
        parser.push("x");
        expect(keys.filter(({ kind }) => kind !== "chord")).toEqual([text("x")]);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("bytes that are not UTF-8", () => {
  it.each([
    ["a Latin-1 letter", [0x63, 0x61, 0x66, 0xe9, 0x20]],
    ["GBK", [0xc4, 0xe3, 0xba, 0xc3, 0x20]],
    ["half a surrogate pair", [0xed, 0xa0, 0x80, 0x20]],
  ])("are reported, wherever they are cut: %s", (_name, bytes) => {
    for (let cut = 0; cut < bytes.length; cut++) {
      altered = 0;
      parser.push(Buffer.from(bytes.slice(0, cut)));
      parser.push(Buffer.from(bytes.slice(cut)));
      expect(altered).toBeGreaterThan(0);
      parser.push(Buffer.from("\r"));
      expect(keys.at(-1)).toEqual(chord("return"));
    }
  });

  it("are not a whole character that comes in pieces, nor the one that stands for such bytes", () => {
    const bytes = Buffer.from("小👍\ufffd\ufeff\x1b[A");
    for (let cut = 0; cut < bytes.length; cut++) {
      parser.push(bytes.subarray(0, cut));
      parser.push(bytes.subarray(cut));
    }
    expect(altered).toBe(0);
  });
});

describe("hostile input", () => {
  it("never yields a control character in text, for any input in any pieces", () => {
    let seed = 42;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed % below;
    };
    const parts = [
      "\x1b",
      "[",
      "]",
      "P",
      "O",
      "200~",
      "201~",
      ";",
      "5",
      "~",
      "\x07",
      "\\",
      "\r",
      "\n",
      "\x9b",
      "你",
      "👍",
      "\0",
      "R",
    ];
    for (let round = 0; round < 2000; round++) {
      const chunk = Array.from({ length: random(8) + 1 }, () => parts[random(parts.length)]).join("");
      parser.push(chunk);
      if (random(4) === 0) vi.advanceTimersByTime(random(12_000));
    }
    for (const key of keys) {
      if (key.kind === "text") expect(key.text).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
      if (key.kind === "paste") expect(key.text).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
    }
    vi.advanceTimersByTime(20_000);
    keys = [];
    parser.push("ok");
    expect(keys).toEqual([text("ok")]);
  });
});
