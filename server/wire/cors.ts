import { cors } from "@connectrpc/connect";

/** What of a request and its response is needed here; of either HTTP version. */
interface Asked {
  readonly method?: string | undefined;
  readonly headers: { readonly origin?: string | undefined };
}
interface Answered {
  setHeader(name: string, value: string): unknown;
  writeHead(status: number): unknown;
  end(): unknown;
}

/** How long a browser may remember the answer to a preflight: Chromium's limit. */
const MAX_AGE_S = 7_200;
const ALLOWED_HEADERS = [...cors.allowedHeaders, "authorization", "accept-language"].join(", ");
const EXPOSED_HEADERS = [...cors.exposedHeaders, "content-language"].join(", ");

/**
 * Lets pages of other origins call (Fetch Standard, section 3.2). `origins`: those that may, such as
 * `https://chat.example.org`; `*` for any; none: no page but one that this server were to serve. Tokens travel in a
 * header and never in a cookie, so no credentials are allowed.
 */
export function allowOrigins<A extends Asked, B extends Answered>(
  origins: readonly string[],
  handler: (request: A, response: B) => void,
): (request: A, response: B) => void {
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
    response.writeHead(204);
    response.end();
  };
}
