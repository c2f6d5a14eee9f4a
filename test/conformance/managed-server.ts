import type { Transport } from "@connectrpc/connect";
import { listen } from "../support/server.js";
import { connect, type Target } from "./target.js";

const IDLE_MS = 2_000;
/** Short enough to wait for, long enough for a busy machine. */
const FLAGS = ["--grace", "500ms", "--heartbeat", "300ms", "--idle", `${IDLE_MS}ms`];

/** Starts a proxy in front of the server at `url`, and returns the URL of the proxy. */
export type StartProxy = (url: string) => Promise<{ readonly url: string; close(): Promise<void> }>;

const noProxy: StartProxy = async (url) => ({ url, close: async () => {} });

export interface ManagedServer {
  readonly target: Target;
  close(): Promise<void>;
}

/** Starts our server with short intervals and connects to it over one protocol. */
export async function startServer(
  transportTo: (url: string) => Transport,
  startProxy: StartProxy = noProxy,
  ...flags: string[]
): Promise<ManagedServer> {
  const server = await listen(...FLAGS, ...flags);
  const proxy = await startProxy(server.url);
  const target = await connect({
    url: proxy.url,
    transport: transportTo(proxy.url),
    managed: { idleMs: IDLE_MS, another: (...more) => startServer(transportTo, startProxy, ...more) },
  });
  return {
    target,
    async close() {
      await server.close();
      await proxy.close();
    },
  };
}
