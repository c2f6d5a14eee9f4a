import type { Duplex } from "node:stream";
import { type Store, Unavailable } from "../room/ports.js";
import { encodeFrame, FrameReader } from "./lent/frames.js";
import {
  type Arguments,
  type Call,
  type Calls,
  errorOf,
  type Operation,
  type Outcome,
  type Pushed,
  type PushedHint,
  type Result,
} from "./lent/protocol.js";
import { numbersToErase } from "./position.js";
import { createWatchers } from "./watchers.js";

export interface LentStoreOptions {
  /** To the lender (lent/lender.ts), in the process that opened the store. */
  readonly socket: Duplex;
  /** Whether that store is. */
  readonly durable: boolean;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** How long `close` waits for calls in progress, and then for the end of its leases. */
const CLOSE_PATIENCE_MS = 1_000;

/**
 * A store that another process of this machine has open, for any number of processes. Calls of one turn of the event loop
 * are sent together. If the connection is lost, that process is dead: what was asked of it has an unknown outcome, and
 * nothing can be asked any more.
 */
export function createLentStore({ socket, durable }: LentStoreOptions): Store {
  const watchers = createWatchers();
  const ownLeases = new Set<string>();
  const waiting = new Map<number, Waiting>();
  let queued: Call[] = [];
  let newestId = 0;
  let isOpen = false;
  let idle = () => {};

  const frames = new FrameReader((pushed) => take(pushed as Pushed));
  socket.on("data", (chunk: Buffer) => frames.push(chunk));
  // The close follows.
  socket.on("error", () => undefined);
  const lost = new Promise<void>((resolve) => socket.once("close", resolve)).then(() => {
    const error = new Unavailable("unknown", new Error("the process that opened the store has ended"));
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    idle();
  });

  function take(pushed: Pushed): void {
    if ("hints" in pushed) for (const hint of pushed.hints) watchers.notify(hint ? entryOf(hint) : undefined);
    else for (const outcome of pushed.outcomes) settle(outcome);
  }

  function settle(outcome: Outcome): void {
    const caller = waiting.get(outcome.id);
    waiting.delete(outcome.id);
    if ("failure" in outcome) caller?.reject(errorOf(outcome.failure));
    else caller?.resolve(outcome.value);
    if (waiting.size === 0) idle();
  }

  function ask<O extends Operation>(operation: O, ...args: Arguments<O>): Promise<Result<O>> {
    if (socket.destroyed)
      return Promise.reject(new Unavailable("not-applied", new Error("the store is gone")));
    const call = { id: ++newestId, operation, args } as Call;
    if (queued.push(call) === 1) setImmediate(send);
    return new Promise<unknown>((resolve, reject) => {
      waiting.set(call.id, { resolve, reject });
    }) as Promise<Result<O>>;
  }

  function send(): void {
    const calls = queued;
    queued = [];
    if (calls.length === 0) return;
    try {
      socket.write(encodeFrame(calls satisfies Calls));
    } catch {
      for (const call of calls) sendAlone(call);
    }
  }

  /** A mistake in one call must not cost the others, nor the process. */
  function sendAlone(call: Call): void {
    try {
      socket.write(encodeFrame([call] satisfies Calls));
    } catch (error) {
      const caller = waiting.get(call.id);
      waiting.delete(call.id);
      caller?.reject(new Error(`${call.operation} has an argument that cannot be sent`, { cause: error }));
    }
  }

  /** The operation as a method of an open store. */
  function lends<O extends Operation>(operation: O): (...args: Arguments<O>) => Promise<Result<O>> {
    return (...args) => (isOpen ? ask(operation, ...args) : Promise.reject(isClosed()));
  }

  const isClosed = () => new Unavailable("not-applied", new Error("the store is closed"));

  return {
    shared: true,
    partitionable: false,
    durable,
    log: {
      async append(data, options) {
        // A mistake of this caller's is none of the lender's.
        numbersToErase(options?.erase ?? []);
        return lends("append")(data, options);
      },
      // An object that has more than a position must not send the rest along.
      read: (after, limit) => lends("read")(after && { epoch: after.epoch, seq: after.seq }, limit),
      head: lends("head"),
      async watch(hint) {
        if (!isOpen) throw isClosed();
        const remove = watchers.add(hint);
        return async () => remove();
      },
    },
    names: {
      async lease(ttlMs) {
        const lease = await lends("lease")(ttlMs);
        ownLeases.add(lease);
        return lease;
      },
      renew: lends("renew"),
      async endLease(lease) {
        await lends("endLease")(lease);
        ownLeases.delete(lease);
      },
      claim: lends("claim"),
      release: lends("release"),
      find: lends("find"),
      claims: lends("claims"),
      inspect: lends("inspect"),
    },
    values: { get: lends("get"), put: lends("put"), delete: lends("delete"), list: lends("list") },
    async open() {
      isOpen = true;
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      if (waiting.size > 0) await patiently(new Promise<void>((resolve) => (idle = resolve)));
      // With the connection they would end, too, but some time after the caller believes that they did.
      await patiently(Promise.allSettled([...ownLeases].map((lease) => ask("endLease", lease))));
      ownLeases.clear();
      socket.destroy();
      await lost;
    },
  };
}

function patiently(done: Promise<unknown>): Promise<unknown> {
  return Promise.race([done, new Promise((resolve) => setTimeout(resolve, CLOSE_PATIENCE_MS).unref())]);
}

/** With bytes of its own: they are kept for long, and the chunk that they came in need not be. */
function entryOf({ data, ...place }: NonNullable<PushedHint>) {
  return { ...place, data: data.slice() };
}
