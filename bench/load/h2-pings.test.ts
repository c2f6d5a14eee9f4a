import { expect, it } from "vitest";
import { createPingResponder } from "./h2-pings.js";

function frame(type: number, flags: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0, 0, body.length, type, flags, 0, 0, 0, 0]), body]);
}

const opaque = Buffer.from("12345678");
const ping = frame(6, 0, opaque);
const stream = Buffer.concat([
  frame(0, 0, ping), // a PING's bytes inside a message are not a PING
  ping,
  frame(6, 1, opaque),
  frame(1, 4, Buffer.alloc(0)),
  ping,
  frame(0, 0, Buffer.alloc(200, 6)),
]);

it("acknowledges each PING with its own bytes and nothing else, however the stream is split", () => {
  for (let width = 1; width <= stream.length; width += 1) {
    const sent: string[] = [];
    const heed = createPingResponder((bytes) => sent.push(Buffer.from(bytes).toString("hex")));
    for (let at = 0; at < stream.length; at += width) {
      const chunk = stream.subarray(at, at + width);
      heed(chunk, chunk.length);
    }
    const ack = frame(6, 1, opaque).toString("hex");
    expect(sent).toEqual([ack, ack]);
  }
});
