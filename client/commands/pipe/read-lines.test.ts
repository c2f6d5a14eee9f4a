import { describe, expect, test } from "vitest";
import { MAX_LINE_BYTES, readLines } from "./read-lines.js";

async function read(...chunks: (Buffer | string)[]) {
  async function* stream() {
    yield* chunks;
  }
  const lines = [];
  for await (const line of readLines(stream())) lines.push(line);
  return lines;
}
const notUtf8 = (number: number) => ({ number, fault: "not_utf8" });

describe("lines", () => {
  test("end with LF or CR LF; the last one may have no end", async () => {
    expect(await read("a\r\nb\n\nc\rd\ne\r")).toEqual(["a", "b", "", "c\rd", "e\r"]);
    expect(await read("a\n")).toEqual(["a"]);
    expect(await read()).toEqual([]);
  });

  test("are the same wherever the stream is cut", async () => {
    const text = Buffer.from("\ufeff小明\r\n👨‍👩‍👧 \0 \ufffd\n\ufeffb");
    for (let at = 0; at <= text.length; at++) {
      expect(await read(text.subarray(0, at), text.subarray(at))).toEqual([
        "小明",
        "👨‍👩‍👧 \0 \ufffd",
        "\ufeffb",
      ]);
    }
  });

  test("that are not UTF-8 are refused by their number, the others are read", async () => {
    expect(await read(Buffer.from("a\ncaf\xe9\nb\n\xe5\xb0", "latin1"))).toEqual([
      "a",
      notUtf8(2),
      "b",
      notUtf8(4),
    ]);
  });

  test("of UTF-16 are refused", async () => {
    expect(await read(Buffer.from("\ufeffhi", "utf16le"))).toEqual([notUtf8(1)]);
  });

  test("that are too long are refused as a whole, and use no memory", async () => {
    const longest = "x".repeat(MAX_LINE_BYTES);
    const [kept, bad, next] = await read(longest, "\n", longest, "x", longest, "\nnext");
    expect([kept, bad, next]).toEqual([longest, { number: 2, fault: "too_long" }, "next"]);
  });
});
