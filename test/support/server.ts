import { createClient, createRouterTransport, type Transport } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { type Backend, type BackendSettings, openBackend } from "../../server/backend.js";
import { createManualClock, type ManualClock } from "../../server/engines/manual-clock.js";
import { createMemoryStore } from "../../server/engines/memory.js";
import { createLog } from "../../server/ops/log.js";
import { systemIds } from "../../server/system.js";
import { login, type Person } from "./people.js";

export interface TestServer {
  readonly backend: Backend;
  readonly transport: Transport;
  /** Stands still until moved. */
  readonly clock: ManualClock;
  login(nickname: string, requestId?: string): Promise<Person>;
  /** Someone without a token. */
  stranger(): { chat: ReturnType<typeof createClient<typeof ChatService>> };
  /** Lets everything that is under way happen. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** What an operator would set, but for the rate. */
export const testSettings: BackendSettings = {
  locale: "en",
  graceMs: 30_000,
  idleMs: 300_000,
  heartbeatMs: 15_000,
  motd: "",
  rate: 0,
  burst: 30,
  ringEvents: 4_096,
  ringBytes: 32 * 1024 * 1024,
  stallMs: 30_000,
};

/** The whole server but its port, over the in-memory transport, with a clock that stands still. */
export async function openTestServer(
  overrides: Partial<BackendSettings> & { keepEvents?: number } = {},
): Promise<TestServer> {
  const { keepEvents = 10_000, ...rest } = overrides;
  const clock = createManualClock();
  const store = createMemoryStore({ clock, ids: systemIds, maxEvents: keepEvents });
  await store.open();
  const log = createLog("warn", (line) => process.stderr.write(line));
  const backend = await openBackend({
    settings: { ...testSettings, ringEvents: Math.min(keepEvents, 4_096), ...rest },
    store,
    clock,
    ids: systemIds,
    log,
  });
  const transport = createRouterTransport(backend.routes, { router: { interceptors: backend.interceptors } });
  return {
    backend,
    transport,
    clock,
    login: (nickname, requestId) => login(transport, nickname, requestId),
    stranger: () => ({ chat: createClient(ChatService, transport) }),
    async settled() {
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    },
    async close() {
      backend.endStreams();
      await backend.close();
    },
  };
}
