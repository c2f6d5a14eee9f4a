import { expect, it } from "vitest";
import { createBodyReader, createEnvelopeReader } from "./feed-reader.js";

function envelope(flags: number, text: string): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flags;
  prefix.writeUInt32BE(text.length, 1);
  return Buffer.concat([prefix, Buffer.from(text)]);
}

function chunk(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n")]);
}

const long = "long ".repeat(60);

it("finds each message of a chunked feed, however chunks, envelopes and reads are split", () => {
  const body = Buffer.concat([
    envelope(0, "one"),
    envelope(0, "\r\n7\r\n"),
    envelope(0, long),
    envelope(2, "{}"),
  ]);
  const response = Buffer.concat([
    Buffer.from("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
    chunk(body.subarray(0, 9)),
    chunk(body.subarray(9, 50)),
    chunk(body.subarray(50)),
    Buffer.from("0\r\n\r\n"),
  ]);
  for (const width of [1, 2, 3, 7, 64, response.length]) {
    const found: string[] = [];
    const read = createBodyReader(
      createEnvelopeReader((message) => found.push(message.toString())),
      (why) => found.push(why),
    );
    for (let at = 0; at < response.length; at += width) {
      const part = Buffer.from(response.subarray(at, at + width));
      read(part, part.length);
      part.fill(0);
    }
    expect(found).toEqual(["one", "\r\n7\r\n", long]);
  }
});

it("reports a refusal with the response", () => {
  const failures: string[] = [];
  const refusal = Buffer.from("HTTP/1.1 401 Unauthorized\r\n\r\n");
  createBodyReader(
    () => {},
    (why) => failures.push(why),
  )(refusal, refusal.length);
  expect(failures).toEqual([expect.stringMatching(/^HTTP\/1.1 401/)]);
});
