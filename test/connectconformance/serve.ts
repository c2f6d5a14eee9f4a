import type { Registry } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { createPort, type Port } from "../../server/port/port.js";
import type { TlsPair } from "../../server/port/tls.js";
import { createExplain } from "../../server/rpc/errors.js";
import { createAdapter } from "../../server/wire/adapter.js";
import { acceptCompression } from "../../server/wire/codec/frames.js";
import { createNotFound } from "../../server/wire/refusals/not-found.js";

export interface ServeOptions {
  /** The types that an Any may contain in JSON. */
  readonly registry: Registry;
  /** Limit for one message, decompressed, in bytes; undefined for Connect's own. */
  readonly readMaxBytes: number | undefined;
  /** Undefined for cleartext. */
  readonly tls: TlsPair | undefined;
}

/** Mounts the routes as server/app.ts mounts those of the chat. The port must still listen. */
export function serveConformance(
  routes: (router: ConnectRouter) => void,
  { registry, readMaxBytes, tls }: ServeOptions,
): Port {
  const explain = createExplain("en");
  const handler = createAdapter({
    routes,
    jsonOptions: { registry },
    acceptCompression,
    // The suite's messages are short, and would all be sent uncompressed with the limit of the chat.
    compressMinBytes: 0,
    ...(readMaxBytes !== undefined && { readMaxBytes }),
    explain,
    fallback: createNotFound(explain),
    observe: (observation) => {
      if (observation.kind === "call_failed") console.error(observation.error);
    },
  });
  return createPort({ host: "127.0.0.1", port: 0, handler, ...(tls && { tls }) });
}
