import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { linger } from "./linger.js";
import { reportFault } from "./peers.js";
import type { PortRequest, PortResponse } from "./port.js";

/**
 * Prepares a response to a request whose body is not read to its end: once it is sent, the rest must not arrive, and what
 * carries it must not be kept. To be called before the head is written; a request that is complete is left alone.
 * HTTP/2 resets the stream, which tells the sender to stop. HTTP/1.1 has no such word: the connection ends.
 */
export function abandonBody(request: PortRequest, response: PortResponse): void {
  if (request instanceof Http2ServerRequest) resetAfter(response as Http2ServerResponse);
  else if (!request.complete) closeAfter(request, response as ServerResponse);
}

function resetAfter({ stream }: Http2ServerResponse): void {
  if (!stream || stream.destroyed || stream.readableEnded) return;
  const reset = (): void => {
    // A body that has ended meanwhile is dropped, and needs no reset.
    stream.resume();
    // Node sends the trailers by setImmediate, and has no event for having sent them.
    setImmediate(() => {
      if (!stream.destroyed && !stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
    });
  };
  let hasTrailers = false;
  stream.once("wantTrailers", () => {
    hasTrailers = true;
    reset();
  });
  stream.once("finish", () => {
    if (!hasTrailers) setImmediate(() => hasTrailers || reset());
  });
}

function closeAfter(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  response.shouldKeepAlive = false;
  // Who does it again and again is not waited for.
  if (!reportFault(socket)) return;
  // Node calls it for the last response of a connection.
  socket.destroySoon = () => {
    linger(socket);
    request.resume();
  };
}
