import type { ScryptOptions } from "node:crypto";
import { Worker } from "node:worker_threads";

/**
 * Nice value of the thread. In libuv's pool, which has the priority of the event loop, comparing secrets took the loop's
 * CPU: where both share one, for slices of 3 ms at a time. Not lower: on a busy machine a login still gets its turn.
 */
const NICE = 10;

/**
 * In text, because the bundle is one file. On Linux a thread has a priority of its own, by its number; elsewhere it keeps
 * that of the process.
 */
const CODE = `
const { scryptSync } = require("node:crypto");
const { readlinkSync } = require("node:fs");
const { setPriority } = require("node:os");
const { parentPort } = require("node:worker_threads");
try {
  setPriority(Number(readlinkSync("/proc/thread-self").split("/").at(-1)), ${NICE});
} catch {}
parentPort.on("message", ({ id, secret, salt, bytes, options }) => {
  try {
    parentPort.postMessage({ id, key: scryptSync(secret, salt, bytes, options) });
  } catch (error) {
    parentPort.postMessage({ id, error });
  }
});
`;

/** What scrypt is to derive a key of `bytes` bytes from. */
export interface Derivation {
  readonly secret: string;
  readonly salt: Uint8Array;
  readonly bytes: number;
  readonly options: ScryptOptions;
}

interface Result {
  readonly id: number;
  readonly key?: Uint8Array;
  readonly error?: Error;
}

interface Awaited {
  readonly resolve: (key: Buffer) => void;
  readonly reject: (error: unknown) => void;
}

/** A thread of low priority for scrypt, begun by the first call and kept; one derivation after the other. */
export class ScryptThread {
  private worker: Worker | undefined;
  private readonly awaited = new Map<number, Awaited>();
  private calls = 0;

  /** How many derivations are not done. */
  get pending(): number {
    return this.awaited.size;
  }

  derive(derivation: Derivation): Promise<Buffer> {
    this.worker ??= this.start();
    const { worker } = this;
    const id = ++this.calls;
    return new Promise<Buffer>((resolve, reject) => {
      this.awaited.set(id, { resolve, reject });
      // Only what is under way keeps the process alive.
      worker.ref();
      worker.postMessage({ id, ...derivation });
    });
  }

  private start(): Worker {
    const worker = new Worker(CODE, { eval: true, execArgv: [], name: "scrypt" });
    worker.on("message", ({ id, key, error }: Result) => {
      const { resolve, reject } = this.awaited.get(id)!;
      this.awaited.delete(id);
      if (this.awaited.size === 0) worker.unref();
      if (key) resolve(Buffer.from(key));
      else reject(error);
    });
    worker.once("error", (error) => {
      this.worker = undefined;
      for (const { reject } of this.awaited.values()) reject(error);
      this.awaited.clear();
    });
    return worker;
  }
}
