import { cors } from "@connectrpc/connect";
import type { PortHandler } from "../port/port.js";
import { respond } from "../port/respond.js";

/** How long a browser may cache a preflight response: Chromium's limit. */
const MAX_AGE_S = 7_200;
const ALLOWED_HEADERS = [...cors.allowedHeaders, "authorization", "accept-language"].join(", ");
const EXPOSED_HEADERS = [...cors.exposedHeaders, "content-language"].join(", ");

/**
 * Lets pages of other origins call (Fetch Standard, section 3.2). `origins`: those that may, such as
 * `https://chat.example.org`; `*` for any; none: pages of this server alone. Tokens travel in a
 * header and never in a cookie, so no credentials are allowed.
 */
export function allowOrigins(origins: readonly string[], handler: PortHandler): PortHandler {
  if (origins.length === 0) return handler;
  const any = origins.includes("*");
  return (request, response) => {
    const { origin } = request.headers;
    response.setHeader("vary", "origin");
    if (origin === undefined || !(any || origins.includes(origin))) {
      handler(request, response);
      return;
    }
    response.setHeader("access-control-allow-origin", any ? "*" : origin);
    response.setHeader("access-control-expose-headers", EXPOSED_HEADERS);
    if (request.method !== "OPTIONS") {
      handler(request, response);
      return;
    }
    response.setHeader("access-control-allow-methods", cors.allowedMethods.join(", "));
    response.setHeader("access-control-allow-headers", ALLOWED_HEADERS);
    response.setHeader("access-control-max-age", String(MAX_AGE_S));
    respond(response, 204, {});
  };
}
