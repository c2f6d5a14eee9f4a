import type { PortHandler, PortRequest, PortResponse } from "../port/port.js";

/** What no authority contains (RFC 3986, section 3.2): with one of these, a URL would have another host. */
const NOT_AUTHORITY = /[\s/?#@\\]/;

/**
 * Checks each request before any handler sees it, and keeps what a handler throws from ending the process.
 *
 * Connect builds a URL from the authority outside of any promise, so one that cannot be parsed would be an uncaught
 * exception. It is refused with 400 (RFC 9112, section 3.2). A missing one is legal in HTTP/1.0 and stands for the
 * address that was connected to. `fault`: receives what a handler threw.
 */
export function guardRequests(handler: PortHandler, fault: (error: unknown) => void): PortHandler {
  return (request, response) => {
    try {
      const authority = authorityOf(request);
      if (authority === undefined) useLocalAddress(request);
      else if (!isAuthority(authority)) return refuse(response);
      handler(request, response);
    } catch (error) {
      fault(error);
      if (response.headersSent) response.destroy();
      else respond(response, 500, "internal", "internal error");
    }
  };
}

function authorityOf(request: PortRequest): string | undefined {
  return ("authority" in request ? request.authority : undefined) ?? request.headers.host;
}

function isAuthority(authority: string): boolean {
  return !NOT_AUTHORITY.test(authority) && URL.canParse(`http://${authority}`);
}

function useLocalAddress(request: PortRequest): void {
  const { localAddress = "", localPort } = request.socket;
  const host = localAddress.includes(":") ? `[${localAddress}]` : localAddress;
  request.headers["authority" in request ? ":authority" : "host"] = `${host}:${localPort}`;
}

function refuse(response: PortResponse): void {
  respond(response, 400, "invalid_argument", "the Host header or :authority is not a host and port");
}

function respond(response: PortResponse, status: number, code: string, message: string): void {
  const body = JSON.stringify({ code, message });
  const headers = { "content-type": "application/json", "content-length": String(body.length) };
  // Node's two response types differ in what else `writeHead` takes.
  (response as { writeHead(status: number, headers: object): unknown }).writeHead(status, headers);
  response.end(body);
}
