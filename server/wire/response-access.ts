import { constants, Http2ServerResponse } from "node:http2";
import { createContextKey } from "@connectrpc/connect";
import type { Sink } from "../feed/sink.js";
import type { PortRequest, PortResponse } from "../port/port.js";
import { ChunkedSink, writableSink } from "./sinks.js";

/** The response behind an RPC, for the few that need more of it than Connect shows. */
export interface ResponseAccess {
  /** Writes to the response past Connect, which must not write meanwhile. */
  openSink(): Sink;
  /** Ends the stream by force, unless everything was sent. Other calls on the same HTTP/2 connection go on. */
  cut(): void;
}

/** Undefined where there is no Node response, as on an in-memory transport. */
export const responseKey = createContextKey<ResponseAccess | undefined>(undefined, {
  description: "the response that an RPC writes",
});

export function accessTo(request: PortRequest, response: PortResponse): ResponseAccess {
  if (response instanceof Http2ServerResponse) {
    const { stream } = response;
    const cut = () => {
      if (!stream.destroyed && !stream.closed) stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    };
    // The stream itself, without the layer that makes it look like HTTP/1.1.
    return { cut, openSink: () => writableSink(stream, cut) };
  }
  const cut = () => {
    if (!response.writableFinished) request.socket.destroy();
  };
  // Node sends a response without content-length in chunks, but not to HTTP/1.0.
  const chunked = request.httpVersion === "1.1";
  return { cut, openSink: () => (chunked ? new ChunkedSink(response, cut) : writableSink(response, cut)) };
}
