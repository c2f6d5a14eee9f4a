import type { EventLog, Store } from "../room/ports.js";

type Append = EventLog["append"];

/** The same store, whose appends pass `around`. */
export function wrapAppend(store: Store, around: (append: Append) => Append): Store {
  const { log } = store;
  return {
    shared: store.shared,
    partitionable: store.partitionable,
    durable: store.durable,
    names: store.names,
    values: store.values,
    open: () => store.open(),
    close: () => store.close(),
    log: {
      read: (after, limit) => log.read(after, limit),
      head: () => log.head(),
      watch: (hint) => log.watch(hint),
      append: around((data, options) => log.append(data, options)),
    },
  };
}
