/**
 * A process that appends `event-<n>` to a store, n from `first` on, until it is killed, and prints a line `<n> <seq>`
 * for each acknowledged one. Restarted with the number of its first unacknowledged event, it retries what was in flight
 * with the same keys.
 *
 *     store-writer.ts PATH FIRST OUTSTANDING full|off
 */
import { argv, stdout } from "node:process";
import { DatabaseSync } from "node:sqlite";
import { createSqliteStore } from "../../server/engines/sqlite.js";
import { systemClock, systemIds } from "../../server/system.js";

const [path, first, outstanding, synchronous] = argv.slice(2);
if (!path) throw new Error("usage: store-writer.ts PATH FIRST OUTSTANDING full|off");

if (synchronous === "off") {
  // The same without a flush, to show that a test would detect it.
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (sql) {
    Reflect.apply(exec, this, [sql.replace("synchronous = full", "synchronous = off")]);
  };
}

const store = createSqliteStore({
  path,
  clock: systemClock,
  ids: systemIds,
  maxEvents: 1_000_000,
});
await store.open();
stdout.write("open\n");

let next = Number(first);
const encoder = new TextEncoder();

async function write(): Promise<never> {
  for (;;) {
    const n = next++;
    const { seq } = await store.log.append(encoder.encode(`event-${n}`), { key: `key-${n}` });
    stdout.write(`${n} ${seq}\n`);
  }
}

await Promise.all(Array.from({ length: Number(outstanding) }, write));
