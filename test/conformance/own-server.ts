import type { Transport } from "@connectrpc/connect";
import { listen } from "../support/listening.js";
import { meet, type World } from "./world.js";

const IDLE_MS = 2_000;
/** Short enough to wait for, long enough for a busy machine. */
const FLAGS = ["--grace", "500ms", "--heartbeat", "300ms", "--idle", `${IDLE_MS}ms`];

/** Stands between a server and the suite; answers the URL to go to. */
export type Between = (url: string) => Promise<{ readonly url: string; close(): Promise<void> }>;

export interface OwnServer {
  readonly world: World;
  close(): Promise<void>;
}

/** Starts our server, with short times, and meets it over one protocol. */
export async function openOwn(
  transportTo: (url: string) => Transport,
  between: Between = async (url) => ({ url, close: async () => {} }),
  ...flags: string[]
): Promise<OwnServer> {
  const server = await listen(...FLAGS, ...flags);
  const front = await between(server.url);
  const world = await meet({
    url: front.url,
    transport: transportTo(front.url),
    own: { idleMs: IDLE_MS, another: (...more) => openOwn(transportTo, between, ...more) },
  });
  return {
    world,
    async close() {
      await server.close();
      await front.close();
    },
  };
}
