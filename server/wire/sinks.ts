import type { ServerResponse } from "node:http";
import type { Writable } from "node:stream";
import { type Framing, plainFraming, type Sink } from "../feed/sink.js";

const CRLF = "\r\n";

/** An HTTP/1.1 chunk (RFC 9112, section 7.1) around each batch. */
const chunkedFraming: Framing = {
  key: "chunked",
  wrap(bytes) {
    const size = bytes.length.toString(16) + CRLF;
    const chunk = Buffer.allocUnsafe(size.length + bytes.length + CRLF.length);
    chunk.write(size, 0, "latin1");
    chunk.set(bytes, size.length);
    chunk.write(CRLF, size.length + bytes.length, "latin1");
    return chunk;
  },
};

/** The batch in a chunk that `chunkedFraming` made. */
function batchOf(chunk: Uint8Array): Uint8Array {
  return chunk.subarray(chunk.indexOf(0x0a) + 1, chunk.length - CRLF.length);
}

/** A stream that dies between two writes reports it by its close; the error would otherwise have no listener. */
const ignoreError = () => {};

/** Writes batches as they are: to an HTTP/2 stream, or to a response that is not chunked. */
export function writableSink(writable: Writable, cut: () => void): Sink {
  writable.on("error", ignoreError);
  return {
    framing: plainFraming,
    write: (bytes) => !writable.destroyed && writable.write(bytes),
    onDrain: (call) => onDrain(writable, call),
    cut,
  };
}

/**
 * A chunked HTTP/1.1 response. Readers share a batch together with its chunk, and writing that to the socket costs a
 * third less than `response.write`, which frames it anew for each. The socket may be written to only when nothing that
 * the response holds back, its head first of all, can come later. So the first batches go through the response; when
 * Node has reported the last of them as flushed, all before it is flushed, too, and from then on batches bypass it.
 */
export class ChunkedSink implements Sink {
  readonly framing = chunkedFraming;
  private unflushed = 0;
  private target: Writable;

  constructor(
    private readonly response: ServerResponse,
    readonly cut: () => void,
  ) {
    response.on("error", ignoreError);
    this.target = response;
  }

  write(chunk: Uint8Array): boolean {
    const { target, response } = this;
    if (target.destroyed) return false;
    if (target !== response) return target.write(chunk);
    this.unflushed++;
    return response.write(batchOf(chunk), (error) => {
      this.unflushed--;
      if (!error && this.unflushed === 0 && response.socket) this.target = response.socket;
    });
  }

  onDrain(call: () => void): () => void {
    return onDrain(this.target, call);
  }
}

function onDrain(writable: Writable, call: () => void): () => void {
  writable.once("drain", call);
  return () => writable.off("drain", call);
}
