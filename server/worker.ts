import type { Worker as ClusterWorker } from "node:cluster";
import { Socket } from "node:net";
import { type App, createApp } from "./app.js";
import { StartError } from "./cli/start-error.js";
import type { Log } from "./ops/log.js";
import { type FromWorker, STORE_FD, type ToWorker } from "./processes/messages.js";

type Start = Extract<ToWorker, { readonly kind: "start" }>;

/** The first process, as a worker knows it. */
export interface OwnerLink {
  readonly start: Start;
  send(message: FromWorker): Promise<void>;
  /** Each message that follows `start`. */
  onMessage(receive: (message: ToWorker) => void): void;
}

/** Waits for what the first process sends to every worker that it started. */
export async function meetOwner(): Promise<OwnerLink> {
  const { default: cluster } = await import("node:cluster");
  const { worker } = cluster;
  if (!worker) throw new StartError("a worker is started by a server with --processes, not by hand");
  const early: ToWorker[] = [];
  let receive = (message: ToWorker): void => void early.push(message);
  const start = await new Promise<Start>((resolve) => {
    worker.on("message", (message: ToWorker) => {
      if (message.kind === "start") resolve(message);
      else receive(message);
    });
  });
  return {
    start,
    send: (message) => sendBy(worker, message),
    onMessage(receiver) {
      receive = receiver;
      for (const message of early) receiver(message);
    },
  };
}

/** Resolves when it is written; if the first process is gone, this one is about to end, too. */
function sendBy(worker: ClusterWorker, message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (worker.isConnected()) worker.send(message, undefined, () => resolve());
    else resolve();
  });
}

export interface WorkerOptions {
  readonly owner: OwnerLink;
  readonly log: Log;
  /** Ends the process. */
  readonly exit: (code: number) => void;
}

export interface Worker {
  /** On SIGTERM. A second one ends the worker at once. */
  terminate(): void;
}

/**
 * One of the processes behind the port of a server with --processes: a whole server but for its store, which the first
 * process lends, and for metrics and announcements, which are that one's. It ends with that process.
 */
export async function runWorker({ owner, log, exit }: WorkerOptions): Promise<Worker> {
  const { config, lends, number } = owner.start;
  let { writable } = owner.start;
  let signals = 0;
  let app: App | undefined;
  let isClosing = false;

  async function close(): Promise<void> {
    isClosing = true;
    await app?.close();
    exit(0);
  }

  async function drain(): Promise<void> {
    // It serves no one yet.
    if (!app) return close();
    await app.drain();
    await owner.send({ kind: "drained" });
  }

  async function scraped(id: number): Promise<void> {
    await owner.send({ kind: "scraped", id, text: (await app?.metricsText()) ?? "" });
  }

  owner.onMessage((message) => {
    switch (message.kind) {
      case "close":
        void close();
        break;
      case "drain":
        void drain();
        break;
      case "reload_tls":
        app?.reloadTls?.();
        break;
      case "store":
        writable = message.writable;
        app?.setWritable(writable);
        break;
      case "scrape":
        void scraped(message.id);
        break;
    }
  });

  try {
    const lent = lends ? new Socket({ fd: STORE_FD, readable: true, writable: true }) : undefined;
    lent?.once("close", () => {
      if (isClosing) return;
      log.error("the process that opened the store has ended; so does this worker");
      exit(1);
    });
    app = await createApp({ config, log, worker: { number, ...(lent && { lent }) } });
    app.setWritable(writable);
    const { url, address } = await app.listen();
    await owner.send({ kind: "listening", url, address });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    if (!isClosing) await owner.send({ kind: "refused", message: error.message });
    exit(1);
  }
  return {
    terminate() {
      signals++;
      void (signals === 1 ? owner.send({ kind: "signalled" }) : close());
    },
  };
}
