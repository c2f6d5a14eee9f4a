/**
 * The processes that serve: how the first process starts, restarts and ends them. They share its port by node:cluster: the
 * first process accepts, and hands each connection to the next worker that has taken its last one. So the port stays open
 * while a worker is replaced, nothing waits in the queue of a dead one, a frozen one holds up a single connection, and it
 * works on macOS, too; a socket for each worker (SO_REUSEPORT) has none of this.
 */
import type { Worker as Child, Cluster } from "node:cluster";
import type { Duplex } from "node:stream";
import type { Config } from "../cli/settings.js";
import { StartError } from "../cli/start-error.js";
import type { Address } from "../cli/values.js";
import type { Observer } from "../room/observer.js";
import { type FromWorker, STORE_FD, type ToWorker, WORKER_VARIABLE } from "./messages.js";

/** The first restart is immediate; each that follows soon waits twice as long as the one before. */
const RESTART_MIN_MS = 100;
const RESTART_MAX_MS = 10_000;
/** A worker that has served for so long did not fail at its start. */
const SETTLED_MS = 10_000;
/** How long a worker may take to close; it needs less than 5 s by itself. */
const CLOSE_LIMIT_MS = 6_000;
/** How much longer than --drain a worker may drain: its feeds end over 2 s. */
const DRAIN_MARGIN_MS = 3_000;
/** A supervisor that ends all processes at once has sent its signal to the first one, too, by then. */
const SIGNAL_MARGIN_MS = 100;
const SCRAPE_LIMIT_MS = 2_000;

export interface WorkersOptions {
  readonly config: Config;
  readonly observe: Observer;
  /** Lends the store to the process at the other end; undefined if each opens its own. */
  readonly lend: ((socket: Duplex) => void) | undefined;
}

/** Where the workers listen. */
export interface Listening {
  readonly url: string;
  readonly address: Address;
}

/** A place among the workers, which one process after the other takes. */
interface Slot {
  readonly number: number;
  child: Child | undefined;
  /** Monotonic ms since when it listens. */
  servingSinceMs: number | undefined;
  /** Processes that ended soon, one after the other. */
  failures: number;
  refusal: string | undefined;
  restart: NodeJS.Timeout | undefined;
}

export class Workers {
  private readonly slots: readonly Slot[];
  private cluster: Cluster | undefined;
  private isWritable = true;
  private isStopping = false;
  private firstServing: ((listening: Listening) => void) | undefined;
  private firstRefused: ((error: Error) => void) | undefined;
  private readonly scrapes = new Map<number, (text: string) => void>();
  private newestScrape = 0;
  /** Called whenever a worker has drained or ended. */
  private progressed = () => {};
  private readonly draining = new Set<Child>();

  constructor(private readonly options: WorkersOptions) {
    this.slots = Array.from({ length: options.config.processes }, (_, i) => ({
      number: i + 1,
      child: undefined,
      servingSinceMs: undefined,
      failures: 0,
      refusal: undefined,
      restart: undefined,
    }));
  }

  /** Resolves when all of them listen. Rejects with a StartError if one cannot. */
  async start(): Promise<Listening> {
    const { default: cluster } = await import("node:cluster");
    if (!cluster.isPrimary)
      throw new StartError("--processes cannot be used in a process that node:cluster started");
    cluster.schedulingPolicy = cluster.SCHED_RR;
    cluster.setupPrimary({ stdio: ["ignore", "inherit", "inherit", "ipc", "pipe"] });
    this.cluster = cluster;
    return new Promise((resolve, reject) => {
      this.firstServing = resolve;
      this.firstRefused = reject;
      for (const slot of this.slots) this.fork(slot);
    });
  }

  reloadTls(): void {
    this.broadcast({ kind: "reload_tls" });
  }

  setWritable(writable: boolean): void {
    this.isWritable = writable;
    this.broadcast({ kind: "store", writable });
  }

  /** The metrics of each worker that returns them soon. */
  async scrape(): Promise<string[]> {
    const texts = this.serving().map(
      (child) =>
        new Promise<string>((resolve) => {
          const id = ++this.newestScrape;
          const done = (text: string) => {
            clearTimeout(limit);
            this.scrapes.delete(id);
            resolve(text);
          };
          const limit = setTimeout(() => done(""), SCRAPE_LIMIT_MS);
          this.scrapes.set(id, done);
          send(child, { kind: "scrape", id });
        }),
    );
    return Promise.all(texts);
  }

  /** From here on no worker is replaced. Resolves when all of them have drained, or ended. */
  async drain(): Promise<void> {
    this.stopRestarts();
    for (const child of this.serving()) this.draining.add(child);
    this.broadcast({ kind: "drain" });
    await this.until(() => this.draining.size === 0, this.options.config.drainMs + DRAIN_MARGIN_MS);
  }

  /** Resolves when all of them have ended, by themselves or killed. */
  async close(): Promise<void> {
    this.stopRestarts();
    this.broadcast({ kind: "close" });
    await this.until(() => this.children().length === 0, CLOSE_LIMIT_MS);
    for (const child of this.children()) child.process.kill("SIGKILL");
    await this.until(() => this.children().length === 0, CLOSE_LIMIT_MS);
  }

  private fork(slot: Slot): void {
    slot.restart = undefined;
    const child = this.cluster?.fork({ [WORKER_VARIABLE]: `${slot.number}` });
    if (!child) return;
    slot.child = child;
    slot.refusal = undefined;
    const { config, lend } = this.options;
    const socket = child.process.stdio?.[STORE_FD];
    if (lend && socket && "write" in socket) lend(socket as Duplex);
    // Without a process there is no exit; other errors are of messages to a child that has just ended.
    child.on("error", (error: Error) => {
      if (child.process.pid === undefined) this.ended(slot, child, error.message);
    });
    child.on("message", (message: FromWorker) => this.receive(slot, child, message));
    child.once("exit", (code, signal) => this.ended(slot, child, signal ?? code));
    const lends = lend !== undefined;
    send(child, { kind: "start", number: slot.number, config, lends, writable: this.isWritable });
    if (this.isStopping) send(child, { kind: "close" });
  }

  private receive(slot: Slot, child: Child, message: FromWorker): void {
    switch (message.kind) {
      case "listening":
        slot.servingSinceMs = performance.now();
        this.options.observe({ kind: "worker_serving", worker: slot.number, pid: child.process.pid ?? 0 });
        if (this.serving().length === this.slots.length) this.firstServing?.(message);
        break;
      case "refused":
        slot.refusal = message.message;
        this.firstRefused?.(new StartError(message.message));
        break;
      case "drained":
        this.draining.delete(child);
        this.progressed();
        break;
      case "scraped":
        this.scrapes.get(message.id)?.(message.text);
        break;
      case "signalled":
        setTimeout(() => {
          if (!this.isStopping) send(child, { kind: "close" });
        }, SIGNAL_MARGIN_MS);
        break;
    }
  }

  private ended(slot: Slot, child: Child, how: number | string): void {
    if (slot.child !== child) return;
    const { refusal, servingSinceMs } = slot;
    slot.child = undefined;
    slot.servingSinceMs = undefined;
    this.draining.delete(child);
    this.progressed();
    if (this.isStopping) return;
    const hasSettled = servingSinceMs !== undefined && performance.now() - servingSinceMs >= SETTLED_MS;
    slot.failures = hasSettled ? 0 : slot.failures + 1;
    const restartMs = hasSettled ? 0 : delayOf(slot.failures);
    this.options.observe({
      kind: "worker_ended",
      worker: slot.number,
      pid: child.process.pid ?? 0,
      how: refusal ?? (typeof how === "number" ? `exit code ${how}` : how),
      wasServing: servingSinceMs !== undefined,
      restartMs,
    });
    slot.restart = setTimeout(() => this.fork(slot), restartMs);
  }

  private stopRestarts(): void {
    this.isStopping = true;
    for (const { restart } of this.slots) clearTimeout(restart);
  }

  private children(): Child[] {
    return this.slots.flatMap(({ child }) => child ?? []);
  }

  private serving(): Child[] {
    return this.slots.flatMap(({ child, servingSinceMs }) =>
      child && servingSinceMs !== undefined ? child : [],
    );
  }

  private broadcast(message: ToWorker): void {
    for (const child of this.children()) send(child, message);
  }

  /** Resolves when it is so, or after the limit. */
  private until(isSo: () => boolean, limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const limit = setTimeout(resolve, limitMs);
      this.progressed = () => {
        if (!isSo()) return;
        clearTimeout(limit);
        resolve();
      };
      this.progressed();
    });
  }
}

function delayOf(failures: number): number {
  return failures <= 1 ? 0 : Math.min(RESTART_MIN_MS * 2 ** (failures - 2), RESTART_MAX_MS);
}

function send(child: Child, message: ToWorker): void {
  if (child.isConnected()) child.send(message);
}
