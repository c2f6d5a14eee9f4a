import type { OutgoingHttpHeaders } from "node:http";
import type { PortResponse } from "./port.js";

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
    if (value !== undefined) response.setHeader(name, value);
  if (body === undefined) response.end();
  else response.end(body);
}
