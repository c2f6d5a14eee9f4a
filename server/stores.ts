import type { Duplex } from "node:stream";
import type { Config } from "./cli/settings.js";
import { StartError } from "./cli/start-error.js";
import type { StoreChoice } from "./cli/values.js";
import { boundWrites } from "./engines/bounded.js";
import { createLentStore } from "./engines/lent.js";
import { createMemoryStore } from "./engines/memory.js";
import { createRedisStore } from "./engines/redis.js";
import { createSqliteStore } from "./engines/sqlite.js";
import { StoreRefused } from "./engines/store-refused.js";
import type { Observer } from "./room/observer.js";
import { type Clock, type Ids, type Store, Unavailable } from "./room/ports.js";

/** How long the server waits at its start for a store that may become available. */
const PATIENCE_MS = 30_000;
const RETRY_MS = 500;
const DAY_MS = 86_400_000;

/** What a redis: store needs beside its URL. */
export interface Sharing {
  readonly room: string;
  readonly replicas: number;
  /** The stored format to raise the room to; 0: as it is. */
  readonly wantedFormat: number;
}

export interface Keep {
  /** Undefined: the engine's default. */
  readonly events?: number;
  readonly ageMs: number;
}

interface Outside {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly observe: Observer;
}

/** The store that the settings describe; not open yet. */
export function storeOf(config: Config, outside: Outside): Store {
  const { keepEvents, keepDays, room, storeReplicas: replicas, storeFormat: wantedFormat } = config;
  const keep = { ...(keepEvents > 0 && { events: keepEvents }), ageMs: keepDays * DAY_MS };
  return createStore(config.store, keep, outside, { room, replicas, wantedFormat });
}

/** The same store, opened by the process at the other end of the socket. */
export function lentStoreOf({ store }: Config, socket: Duplex, { clock, observe }: Outside): Store {
  const engine = createLentStore({ socket, durable: store.kind !== "memory" });
  return boundWrites(engine, clock, {}, observe);
}

/** The engine behind a setting of --store; not open yet. */
export function createStore(
  choice: StoreChoice,
  keep: Keep,
  outside: Outside,
  sharing: Sharing = { room: "main", replicas: 0, wantedFormat: 0 },
): Store {
  const limits = { ...(keep.events !== undefined && { maxEvents: keep.events }), maxAgeMs: keep.ageMs };
  if (choice.kind === "memory") return createMemoryStore({ ...outside, ...limits });
  // The memory engine is done when the call returns; one that writes to a disk or over a network may fall behind.
  const { clock, observe } = outside;
  const engine =
    choice.kind === "sqlite"
      ? createSqliteStore({ ...outside, ...limits, path: choice.path })
      : createRedisStore({ ...outside, ...limits, ...sharing, url: choice.url });
  return boundWrites(engine, clock, {}, observe);
}

/** Opens the store and retries for a while if that may help. Rejects with a StartError; never opens another store. */
export async function openStore(store: Store, { clock, observe }: Omit<Outside, "ids">): Promise<void> {
  const until = clock.monotonic() + PATIENCE_MS;
  for (;;) {
    try {
      await store.open();
      return;
    } catch (error) {
      if (error instanceof StoreRefused) throw new StartError(error.message, { cause: error });
      if (!(error instanceof Unavailable)) throw error;
      const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
      if (clock.monotonic() > until)
        throw new StartError(`the store cannot be opened${cause}`, { cause: error });
      observe({ kind: "store_open_retried", error: error.cause ?? error });
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
