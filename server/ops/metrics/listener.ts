import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const TIMEOUT_MS = 5_000;
/** Scrapers are few; others must not use up the process's descriptors. */
const MAX_CONNECTIONS = 16;

/** `port` 0: any that is free. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Serves GET /metrics over HTTP/1.1, and nothing else. `listen` rejects with Node's error. */
export function createMetricsListener(
  { host, port }: ListenAddress,
  contentType: string,
  text: () => Promise<string>,
) {
  const server = createServer(
    { headersTimeout: TIMEOUT_MS, requestTimeout: TIMEOUT_MS, connectionsCheckingInterval: TIMEOUT_MS },
    (request, response) => {
      request.resume();
      const send = (status: number, type: string, body: string, headers: Record<string, string> = {}) =>
        response
          .writeHead(status, { ...headers, "content-type": type, "cache-control": "no-store" })
          .end(request.method === "HEAD" ? undefined : body);
      const path = request.url?.split("?", 1)[0];
      if (path !== "/metrics") send(404, "text/plain", "not found: /metrics is here\n");
      else if (request.method !== "GET" && request.method !== "HEAD")
        send(405, "text/plain", "only GET\n", { allow: "GET, HEAD" });
      else
        text().then(
          (body) => send(200, contentType, body),
          () => send(500, "text/plain", "the metrics cannot be read\n"),
        );
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  return {
    async listen(): Promise<ListenAddress> {
      server.listen({ host, port });
      await once(server, "listening");
      const bound = server.address() as AddressInfo;
      return { host: bound.address, port: bound.port };
    },
    async close(): Promise<void> {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
