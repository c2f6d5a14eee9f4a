import { refuseUnknownRpc } from "../wire/unknown-rpc.js";
import type { Health } from "./health.js";
import type { HttpRequest, HttpResponse } from "./http.js";

/** A host as it may be shown again: a name or an address, perhaps with a port. */
const HOST = /^[A-Za-z0-9.-]{1,253}(:\d{1,5})?$|^\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?$/;

/**
 * Answers what is no RPC of ours: `/healthz` for load balancers (200 `ok`, 503 `shutting down`), `/` for people who
 * come with a browser, and a clear refusal for all else. `software` is the header `server` of these answers, a product
 * and its version (RFC 9110, 10.2.4). Speaks both HTTP versions, so it uses only what they share.
 */
export function createHealthz(
  health: Pick<Health, "serving">,
  software: string,
): (request: HttpRequest, response: HttpResponse) => void {
  function answer(request: HttpRequest, response: HttpResponse, status: number, body: string): void {
    response.writeHead(status, {
      "content-type": "text/plain; charset=utf-8",
      "content-length": Buffer.byteLength(body),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      server: software,
    });
    if (request.method === "HEAD") response.end();
    else response.end(body);
  }

  return (request, response) => {
    const path = request.url?.split("?", 1)[0];
    const reads = request.method === "GET" || request.method === "HEAD";
    if (reads && path === "/healthz") {
      if (health.serving()) answer(request, response, 200, "ok\n");
      else answer(request, response, 503, "shutting down\n");
    } else if (reads && path === "/") {
      answer(request, response, 200, greeting(request));
    } else if (!refuseUnknownRpc(request, response)) {
      answer(request, response, 404, "not found: / says what this server is\n");
    }
  };
}

function greeting({ headers }: HttpRequest): string {
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
