import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";

/** What requests of both HTTP versions share. */
export type HttpRequest = Pick<IncomingMessage, "url" | "method" | "headers">;

/** What responses of both HTTP versions share, and no more, so that nothing else can be called by mistake. */
export interface HttpResponse {
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown;
  end(body?: string | Uint8Array): unknown;
}
