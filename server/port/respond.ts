import type { OutgoingHttpHeaders } from "node:http";
import type { PortResponse } from "./port.js";

/** Adds to a `vary` that is there already, such as that of CORS. */
export function mergeVary(response: PortResponse, vary: string): string {
  const kept = response.getHeader("vary");
  return kept === undefined ? vary : `${kept}, ${vary}`;
}

/**
 * Sends a whole response, over either HTTP version. Without a body, HTTP/2 ends the stream with the headers, as gRPC
 * requires of a response that is trailers only.
 */
export function respond(
  response: PortResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body?: string | Uint8Array,
): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined)
      response.setHeader(name, name === "vary" ? mergeVary(response, `${value}`) : value);
  if (body === undefined || isHeadOfHttp2(response)) response.end();
  else response.end(body);
}

/** Node drops the body of a response to HEAD by itself, but over HTTP/2 takes it for an error. */
function isHeadOfHttp2(response: PortResponse): boolean {
  return "stream" in response && response.req.method === "HEAD";
}
