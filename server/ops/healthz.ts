import type { PortHandler, PortRequest, PortResponse } from "../port/port.js";
import { respond } from "../port/respond.js";
import type { Readiness } from "./readiness.js";

/** Without an address: behind a proxy, Host may name this server where no visitor can reach it. */
const GREETING = [
  "This is Parlance: one chat room for people and programs, over Connect, gRPC and gRPC-Web.",
  "",
  "ADDRESS stands for the address of this page, such as https://chat.example.org.",
  "",
  "Join:     parlance --server ADDRESS",
  "RPCs:     buf curl --list-methods ADDRESS",
  "By hand:  curl -H 'content-type: application/json' -d '{}' ADDRESS/parlance.v1.ChatService/Help",
  "",
].join("\n");

/**
 * Serves `/healthz` for supervisors (200 as long as the process serves), `/readyz` for load balancers (200, or 503 with
 * the reason), and `/` for people with a browser; passes the rest to `next`. `software`: the header `server` of these
 * responses, a product and its version (RFC 9110, section 10.2.4).
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
    } else if (isRead && path === "/") send(request, response, 200, GREETING);
    else next(request, response);
  };
}
