import type { PortHandler, PortRequest, PortResponse } from "../port/port.js";
import { respond } from "../port/respond.js";
import type { Readiness } from "./readiness.js";

/** A host that may be shown again: a name or an address, optionally with a port. */
const HOST = /^[A-Za-z0-9.-]{1,253}(:\d{1,5})?$|^\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?$/;

/**
 * Serves `/healthz` for supervisors (200 as long as the process serves), `/readyz` for load balancers (200, or 503 with
 * the reason), and `/` for people with a browser; passes the rest to `next`. `software`: the header `server` of these responses, a product and its version (RFC 9110, section 10.2.4).
 */
export function createHealthz(
  readiness: Pick<Readiness, "reason">,
  software: string,
  next: PortHandler,
): PortHandler {
  function send(request: PortRequest, response: PortResponse, status: number, body: string): void {
    const headers = {
      "content-type": "text/plain; charset=utf-8",
      "content-length": Buffer.byteLength(body),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      server: software,
    };
    respond(response, status, headers, request.method === "HEAD" ? undefined : body);
  }

  return (request, response) => {
    const path = request.url?.split("?", 1)[0];
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (isRead && path === "/healthz") send(request, response, 200, "ok\n");
    else if (isRead && path === "/readyz") {
      const { reason } = readiness;
      send(request, response, reason === undefined ? 200 : 503, `${reason ?? "ready"}\n`);
    } else if (isRead && path === "/") send(request, response, 200, greeting(request));
    else next(request, response);
  };
}

function greeting({ headers }: PortRequest): string {
  const host = headers[":authority"] ?? headers.host;
  // Cleartext here may still be TLS to the client, by a proxy in between.
  const scheme = headers["x-forwarded-proto"] === "https" ? "https" : "http";
  const url = `${scheme}://${typeof host === "string" && HOST.test(host) ? host : "HOST:PORT"}`;
  return [
    "This is Parlance: one chat room for people and programs, over Connect, gRPC and gRPC-Web.",
    "",
    `Join:     parlance --server ${url}`,
    `RPCs:     buf curl --list-methods ${url}`,
    `By hand:  curl -H 'content-type: application/json' -d '{}' ${url}/parlance.v1.ChatService/Help`,
    "",
  ].join("\n");
}
