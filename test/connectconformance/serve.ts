import type { Registry } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { createPort, type Port, type PortHandler } from "../../server/port/port.js";
import { guardRequests } from "../../server/rpc/adapter.js";
import { acceptCompression } from "../../server/rpc/frames.js";
import { contextValuesOf, rememberResponses } from "../../server/rpc/response-access.js";

export interface ServeOptions {
  /** The types that an Any may contain in JSON. */
  readonly registry: Registry;
  /** Limit for one message, decompressed, in bytes; undefined for Connect's own. */
  readonly readMaxBytes: number | undefined;
}

/** Mounts the routes as server/app.ts mounts those of the chat. The port must still listen. */
export function serveConformance(routes: (router: ConnectRouter) => void, options: ServeOptions): Port {
  return createPort({ host: "127.0.0.1", port: 0, handler: createHandler(routes, options) });
}

/** The one place that knows how server/app.ts makes a handler of routes. */
function createHandler(
  routes: (router: ConnectRouter) => void,
  { registry, readMaxBytes }: ServeOptions,
): PortHandler {
  const adapter = connectNodeAdapter({
    routes,
    contextValues: contextValuesOf,
    jsonOptions: { registry },
    acceptCompression,
    // The suite's messages are short, and would all be sent uncompressed with the limit of the chat.
    compressMinBytes: 0,
    ...(readMaxBytes !== undefined && { readMaxBytes }),
  });
  return guardRequests(rememberResponses(adapter), (error) => console.error(error));
}
