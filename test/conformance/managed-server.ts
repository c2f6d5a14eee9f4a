import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backup } from "../../server/engines/sqlite/maintenance.js";
import { type Store, Unavailable } from "../../server/room/ports.js";
import { createStore } from "../../server/stores.js";
import { systemClock, systemIds } from "../../server/system.js";
import { listen, openServer, type TestServer } from "../support/server.js";
import type { Hook, RunHook } from "./hooks.js";
import type { TransportTo } from "./protocols.js";
import { connect, type Managed, type Target } from "./target.js";

const IDLE_MS = 2_000;
/** Short enough to wait for, long enough for a busy machine. */
const FLAGS = ["--grace", "500ms", "--heartbeat", "300ms", "--idle", `${IDLE_MS}ms`];
const KEEP_MS = 30 * 86_400_000;

/** Starts a proxy in front of the server at `url`, and returns the URL of the proxy. */
export type StartProxy = (url: string) => Promise<{ readonly url: string; close(): Promise<void> }>;

const noProxy: StartProxy = async (url) => ({ url, close: async () => {} });

export interface ManagedServer {
  readonly target: Target;
  close(): Promise<void>;
}

/** Starts our server with short intervals, in memory, and connects to it over one protocol. */
export async function startServer(
  transportTo: TransportTo,
  startProxy: StartProxy = noProxy,
  ...flags: string[]
): Promise<ManagedServer> {
  const server = await listen(...FLAGS, ...flags);
  const managed = managedBy(transportTo, startProxy);
  return connectTo(server, { transportTo, startProxy, managed });
}

/** The same on a store in a file, with every hook. */
async function startWithHooks(
  transportTo: TransportTo,
  startProxy: StartProxy,
  ...flags: string[]
): Promise<ManagedServer> {
  const server = await ServerOnFile.start([...FLAGS, ...flags]);
  return connectTo(server, { transportTo, startProxy, hook: (hook) => server.run(hook) });
}

function managedBy(transportTo: TransportTo, startProxy: StartProxy): Managed {
  return {
    idleMs: IDLE_MS,
    another: (...flags) => startServer(transportTo, startProxy, ...flags),
    withHooks: (...flags) => startWithHooks(transportTo, startProxy, ...flags),
  };
}

interface Connection {
  readonly transportTo: TransportTo;
  readonly startProxy: StartProxy;
  readonly managed?: Managed;
  readonly hook?: RunHook;
}

async function connectTo(
  server: { readonly url: string; close(): Promise<void> },
  { transportTo, startProxy, ...more }: Connection,
): Promise<ManagedServer> {
  const proxy = await startProxy(server.url);
  const target = await connect({ url: proxy.url, transportTo, ...more });
  return {
    target,
    async close() {
      await server.close();
      await proxy.close();
    },
  };
}

/** Our server on a store in a file, at one address across restarts. */
class ServerOnFile {
  private server!: TestServer;
  private available = true;
  private readonly hooks: Record<Hook, () => Promise<void>> = {
    "store-off": async () => {
      this.available = false;
    },
    "store-on": async () => {
      this.available = true;
    },
    "store-copy": async () => {
      await rm(this.copy, { force: true });
      backup(this.path, this.copy);
    },
    "store-restore": () => this.restart(() => this.putCopyBack()),
    restart: () => this.restart(),
  };

  private constructor(
    private readonly folder: string,
    private readonly flags: readonly string[],
  ) {}

  static async start(flags: readonly string[]): Promise<ServerOnFile> {
    const server = new ServerOnFile(await mkdtemp(join(tmpdir(), "parlance-conformance-")), flags);
    await server.open("127.0.0.1:0");
    return server;
  }

  get url(): string {
    return this.server.url;
  }

  run(hook: Hook): Promise<void> {
    return this.hooks[hook]();
  }

  async close(): Promise<void> {
    await this.server.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  private get path(): string {
    return join(this.folder, "room.db");
  }

  private get copy(): string {
    return join(this.folder, "copy.db");
  }

  private async open(host: string): Promise<void> {
    const store = switchable(storeAt(this.path), () => this.available);
    this.server = await openServer({ flags: [...this.flags, "--listen", host], store });
  }

  private async restart(meanwhile: () => Promise<void> = async () => {}): Promise<void> {
    const { host } = new URL(this.url);
    await this.server.close();
    await meanwhile();
    await this.open(host);
  }

  private async putCopyBack(): Promise<void> {
    for (const end of ["-wal", "-shm"]) await rm(`${this.path}${end}`, { force: true });
    await copyFile(this.copy, this.path);
  }
}

function storeAt(path: string): Store {
  const outside = { clock: systemClock, ids: systemIds, observe: () => undefined };
  return createStore({ kind: "sqlite", path }, { ageMs: KEEP_MS }, outside);
}

/** A store of which each call is refused, and nothing applied, while `isAvailable` returns false. */
function switchable(store: Store, isAvailable: () => boolean): Store {
  const guarded = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) =>
          isAvailable()
            ? Reflect.apply(member, target, args)
            : Promise.reject(new Unavailable("not-applied", new Error("switched off")));
      },
    });
  const { shared, partitionable, durable, log, names, values } = store;
  return {
    shared,
    partitionable,
    durable,
    log: guarded(log),
    names: guarded(names),
    values: guarded(values),
    open: () => store.open(),
    close: () => store.close(),
  };
}
