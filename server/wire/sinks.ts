import type { ServerResponse } from "node:http";
import { constants, Http2ServerResponse } from "node:http2";
import type { Writable } from "node:stream";
import { createContextKey } from "@connectrpc/connect";
import { type Framing, plainFraming, type Sink } from "../feed/sink.js";
import type { PortRequest, PortResponse } from "../port/port.js";
import { isWebText, textFraming } from "./web-text.js";

/** Opens the response of an RPC for a feed, which then writes to it past Connect; Connect must not write meanwhile. */
export const openSinkKey = createContextKey<(() => Sink) | undefined>(undefined, {
  description: "opens the response for a feed",
});

/** The sink of a response; made when the first message of the stream has been written by Connect. */
export function openSink(request: PortRequest, response: PortResponse): Sink {
  const inner = isWebText(request.headers["content-type"]) ? textFraming : plainFraming;
  if (response instanceof Http2ServerResponse) {
    const { stream } = response;
    // The stream itself, without the layer that makes it look like HTTP/1.1. Other streams of the session go on.
    return new WritableSink(stream, inner, () => {
      if (!stream.destroyed && !stream.closed) stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    });
  }
  const cut = () => {
    if (!response.writableFinished) request.socket.destroy();
  };
  // Node sends a response without content-length in chunks, but not to HTTP/1.0.
  if (request.httpVersion === "1.1") return new ChunkedSink(response, inner, cut);
  return new WritableSink(response, inner, cut);
}

/** Writes batches as they are: to an HTTP/2 stream, or to a response that is not chunked. */
class WritableSink implements Sink {
  constructor(
    private readonly target: Writable,
    readonly framing: Framing,
    readonly cut: () => void,
  ) {
    target.on("error", ignoreError);
  }

  write(batch: Uint8Array): boolean {
    return !this.target.destroyed && this.target.write(batch);
  }

  isClosed(): boolean {
    return this.target.destroyed;
  }

  onDrain(call: () => void): () => void {
    return onDrain(this.target, call);
  }
}

const CRLF = "\r\n";

/** An HTTP/1.1 chunk (RFC 9112, section 7.1) around each batch. */
const chunked = ({ key, wrap }: Framing): Framing => ({
  key: `chunked ${key}`,
  wrap(bytes) {
    const batch = wrap(bytes);
    const size = batch.length.toString(16) + CRLF;
    const chunk = Buffer.allocUnsafe(size.length + batch.length + CRLF.length);
    chunk.write(size, 0, "latin1");
    chunk.set(batch, size.length);
    chunk.write(CRLF, size.length + batch.length, "latin1");
    return chunk;
  },
});

/** The batch in a chunk that `chunked` made. */
function batchOf(chunk: Uint8Array): Uint8Array {
  return chunk.subarray(chunk.indexOf(0x0a) + 1, chunk.length - CRLF.length);
}

/**
 * A chunked HTTP/1.1 response. Readers share a batch together with its chunk, and writing that to the socket costs less
 * CPU than `response.write`, which frames it anew for each. The socket may be written to only when nothing that the
 * response holds back, its head first of all, can come later. So the first batches go through the response; when Node has
 * reported the last of them as flushed, all before it is flushed, too, and from then on batches bypass it.
 */
class ChunkedSink implements Sink {
  readonly framing: Framing;
  private unflushed = 0;
  private target: Writable;

  constructor(
    private readonly response: ServerResponse,
    inner: Framing,
    readonly cut: () => void,
  ) {
    response.on("error", ignoreError);
    this.framing = chunked(inner);
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

  isClosed(): boolean {
    return this.target.destroyed;
  }

  onDrain(call: () => void): () => void {
    return onDrain(this.target, call);
  }
}

/** A stream that breaks between two writes reports it by its close; the error would otherwise have no listener. */
function ignoreError(): void {}

function onDrain(writable: Writable, call: () => void): () => void {
  writable.once("drain", call);
  return () => writable.off("drain", call);
}
