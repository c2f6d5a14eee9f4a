import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, type Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { type ContextValues, createContextKey, createContextValues } from "@connectrpc/connect";
import type { Sink } from "../feed/sink.js";
import { chunkedSink, responseSink, streamSink } from "./sinks.js";

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

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

const responses = new WeakMap<Request, Response>();

export interface ResponseAccessOptions {
  /** Whether to write HTTP/1.1 chunks straight to the socket: the same bytes for less work. */
  readonly rawChunks: boolean;
}

/** Wraps the handler that connectNodeAdapter makes, so that `contextValuesOf` finds each request's response. */
export function rememberResponses<A extends Request, B extends Response>(
  handler: (request: A, response: B) => void,
): (request: A, response: B) => void {
  return (request, response) => {
    responses.set(request, response);
    handler(request, response);
  };
}

/** For connectNodeAdapter's option `contextValues`. Never throws. */
export function contextValuesOf(
  request: Request,
  options: ResponseAccessOptions = { rawChunks: true },
): ContextValues {
  const values = createContextValues();
  const response = responses.get(request);
  return response ? values.set(responseKey, accessTo(request, response, options)) : values;
}

function accessTo(
  request: Request,
  response: Response,
  { rawChunks }: ResponseAccessOptions,
): ResponseAccess {
  if (response instanceof Http2ServerResponse) {
    const { stream } = response;
    const cut = () => {
      if (!stream.destroyed && !stream.closed) stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    };
    return { cut, openSink: () => streamSink(stream, cut) };
  }
  const { socket } = request;
  const cut = () => {
    if (!response.writableFinished) socket.destroy();
  };
  return { cut, openSink: () => (rawChunks && chunkedSink(response, cut)) || responseSink(response, cut) };
}
