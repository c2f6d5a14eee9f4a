import type { StoreChoice } from "./config.js";
import { createMemoryStore } from "./engines/memory.js";
import type { Clock, Ids, Store } from "./room/ports.js";

/** The engine behind a setting of --store; not open yet. */
export function createStore(_choice: StoreChoice, outside: { clock: Clock; ids: Ids }): Store {
  return createMemoryStore(outside);
}
