import { describe, expect, it } from "vitest";
import { createScan, markedText, markerBytes, openStream, readMarker, stampId } from "./marker.js";

const textBytes = 80;

function idsOf(chunks: readonly Buffer[]): number[] {
  const ids: number[] = [];
  const scan = createScan(textBytes, (_, id) => ids.push(id));
  const stream = openStream();
  // One shared buffer with stale bytes after the fresh ones, as with the sockets.
  const shared = Buffer.alloc(64 * 1024, markedText(99, textBytes));
  for (const chunk of chunks) {
    chunk.copy(shared);
    scan(stream, shared, chunk.length);
  }
  expect(stream.count).toBe(ids.length);
  expect(stream.idSum).toBe(ids.reduce((sum, id) => sum + id, 0));
  return ids;
}

const frame = (id: number, head = "\u0000\u0000head~of a frame#~") =>
  Buffer.from(`${head}${markedText(id, textBytes)}tail\r\n`, "latin1");

describe("markedText", () => {
  it("has exactly the requested length, also with another id", () => {
    const text = Buffer.from(markedText(7, textBytes));
    expect(text.length).toBe(textBytes);
    stampId(text, 0, 12345678);
    expect(text.toString()).toBe(markedText(12345678, textBytes));
    expect(readMarker(text, 0)).toBe(12345678);
  });
});

describe("the scanner", () => {
  it("counts messages that arrive one by one, together, and with other bytes between", () => {
    const noise = Buffer.from("~#1234567~ ~~ ~#abcdefgh~ PING :irc~", "latin1");
    expect(idsOf([frame(1), Buffer.concat([frame(2), noise, frame(3), frame(4)]), noise, frame(5)])).toEqual([
      1, 2, 3, 4, 5,
    ]);
  });

  it("finds a marker wherever it is split between chunks, even into single bytes", () => {
    const all = Buffer.concat([frame(1), frame(22), frame(333), frame(4444)]);
    const expected = [1, 22, 333, 4444];
    for (let cut = 0; cut <= all.length; cut += 1) {
      expect(idsOf([all.subarray(0, cut), all.subarray(cut)])).toEqual(expected);
    }
    expect(idsOf([...all].map((byte) => Buffer.from([byte])))).toEqual(expected);
    for (let width = 2; width <= 2 * markerBytes; width += 1) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < all.length; at += width) chunks.push(all.subarray(at, at + width));
      expect(idsOf(chunks)).toEqual(expected);
    }
  });

  it("copes with a changing distance between messages", () => {
    const heads = [
      "",
      "short",
      "a head of quite another length, longer than any before it, by some way",
      "~",
      "",
    ];
    const chunks = heads.flatMap((head, index) => [
      Buffer.concat([frame(10 * index, head), frame(10 * index + 1, ""), frame(10 * index + 2, head)]),
    ]);
    expect(idsOf(chunks)).toEqual(heads.flatMap((_, index) => [10 * index, 10 * index + 1, 10 * index + 2]));
  });

  it("rejects a false beginning at the end of a chunk", () => {
    expect(idsOf([Buffer.from("xx~"), frame(6, "")])).toEqual([6]);
    expect(idsOf([Buffer.from("xx~#00~"), frame(8, "")])).toEqual([8]);
  });

  it("does not read the stale bytes after a short chunk", () => {
    expect(idsOf([Buffer.from("hello"), Buffer.from("~#000000")])).toEqual([]);
  });
});
