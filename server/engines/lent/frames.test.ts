import { expect, test } from "vitest";
import { encodeFrame, FrameReader } from "./frames.js";

const values = [
  [],
  { ttlMs: Number.POSITIVE_INFINITY, missing: undefined, nothing: null },
  "x".repeat(70_000),
  { data: Buffer.from(Array.from({ length: 256 }, (_, i) => i)) },
  "сосо",
];

test.each([1, 2, 3, 5, 7, 4_096, 1_000_000])(
  "frames cut into chunks of %d bytes are put together",
  (size) => {
    const bytes = Buffer.concat(values.map(encodeFrame));
    const read: unknown[] = [];
    const frames = new FrameReader((value) => read.push(value));
    for (let at = 0; at < bytes.length; at += size) frames.push(bytes.subarray(at, at + size));
    expect(read).toEqual(values);
  },
);
