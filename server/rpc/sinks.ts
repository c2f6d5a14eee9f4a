import type { ServerResponse } from "node:http";
import type { Writable } from "node:stream";
import { type Framing, plainFraming, type Sink } from "../feed/sink.js";

/** An HTTP/1.1 chunk (RFC 9112, section 7.1) around each batch. */
const chunkedFraming: Framing = {
  key: "chunked",
  wrap(bytes) {
    const head = `${bytes.length.toString(16)}\r\n`;
    const chunk = Buffer.allocUnsafe(head.length + bytes.length + 2);
    chunk.write(head, 0, "latin1");
    chunk.set(bytes, head.length);
    chunk.write("\r\n", head.length + bytes.length, "latin1");
    return chunk;
  },
};

/** A stream that dies between two writes reports it by its close; the error would otherwise have no listener. */
const ignoreError = () => {};

/** The HTTP/2 stream itself, without the layer that makes it look like HTTP/1.1. */
export function streamSink(stream: Writable, cut: () => void): Sink {
  stream.on("error", ignoreError);
  return writableSink(stream, plainFraming, cut);
}

/** A response of any kind, through its own methods. */
export function responseSink(response: ServerResponse, cut: () => void): Sink {
  response.on("error", ignoreError);
  return writableSink(response, plainFraming, cut);
}

/**
 * The socket of a chunked HTTP/1.1 response; undefined if the response is not chunked, still holds something back, or
 * waits for another one on the same connection. `outputData` is Node's own: where it is missing, this way is closed.
 */
export function chunkedSink(response: ServerResponse, cut: () => void): Sink | undefined {
  const { socket, chunkedEncoding } = response;
  const held =
    "outputData" in response && Array.isArray(response.outputData) ? response.outputData.length : 1;
  if (!socket || !chunkedEncoding || held > 0) return undefined;
  return writableSink(socket, chunkedFraming, cut);
}

function writableSink(writable: Writable, framing: Framing, cut: () => void): Sink {
  return {
    framing,
    write: (bytes) => !writable.destroyed && writable.write(bytes),
    onDrain(call) {
      writable.once("drain", call);
      return () => writable.off("drain", call);
    },
    cut,
  };
}
