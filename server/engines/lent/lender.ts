import type { Duplex } from "node:stream";
import type { Observer } from "../../room/observer.js";
import type { Entry, Position, Store } from "../../room/ports.js";
import { encodeFrame, FrameReader } from "./frames.js";
import {
  type Call,
  type Calls,
  failureOf,
  type Outcome,
  operations,
  type Pushed,
  type PushedHint,
} from "./protocol.js";

/** A borrower that has so many bytes to read is not sent hints, which may be lost (promise L8), until it has read them. */
const MAX_UNREAD_BYTES = 1 << 20;

/**
 * Lends an open store to other processes of this machine, each at the other end of a socket. What they call in one turn of
 * the event loop is committed together, as calls of this process would be. The leases of a borrower end with its
 * connection; results that it has not received by then are lost, so that their outcome is unknown to it.
 */
export class Lender {
  private readonly borrowers = new Set<Borrower>();
  private hints: PushedHint[] = [];
  private scheduled = false;
  private endWatch = async () => {};

  constructor(
    private readonly store: Store,
    private readonly observe: Observer = () => undefined,
  ) {}

  /** To be called once, with the store open. */
  async open(): Promise<void> {
    this.endWatch = await this.store.log.watch((entry) => this.hint(entry));
  }

  /** Until the socket is closed. */
  lend(socket: Duplex): void {
    const borrower = new Borrower(this.store, socket, this.observe, {
      hasOutcomes: () => this.schedule(),
      closed: () => this.borrowers.delete(borrower),
    });
    this.borrowers.add(borrower);
  }

  /** Ends every connection; the store stays open. */
  async close(): Promise<void> {
    await this.endWatch();
    await Promise.all([...this.borrowers].map((borrower) => borrower.end()));
  }

  private hint(entry: (Entry & Position) | undefined): void {
    this.hints.push(entry ?? null);
    this.schedule();
  }

  /** What a commit leads to is known once all promises that it settled have been followed. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => process.nextTick(() => this.flush()));
  }

  /** Hints first: then a borrower has mostly read what it appended when it learns that it did. */
  private flush(): void {
    this.scheduled = false;
    const hints = this.hints.length > 0 ? encodeFrame({ hints: this.hints } satisfies Pushed) : undefined;
    this.hints = [];
    for (const borrower of this.borrowers) borrower.flush(hints);
  }
}

interface BorrowerEvents {
  hasOutcomes(): void;
  closed(): void;
}

const NO_HINT_ENTRY = encodeFrame({ hints: [null] } satisfies Pushed);

/** A process that uses the store. */
class Borrower {
  private readonly leases = new Set<string>();
  private outcomes: Outcome[] = [];
  private hasMissedHints = false;
  private isClosed = false;
  private readonly closed: Promise<void>;

  constructor(
    private readonly store: Store,
    private readonly socket: Duplex,
    private readonly observe: Observer,
    private readonly events: BorrowerEvents,
  ) {
    const frames = new FrameReader((calls) => {
      for (const call of calls as Calls) void this.run(call);
    });
    socket.on("data", (chunk: Buffer) => frames.push(chunk));
    socket.on("drain", () => this.drained());
    // The close follows.
    socket.on("error", () => undefined);
    socket.on("end", () => socket.end());
    this.closed = new Promise((resolve) => socket.once("close", () => resolve(this.close())));
  }

  flush(hints: Buffer | undefined): void {
    if (this.isClosed) return;
    this.socket.cork();
    if (hints) this.sendHints(hints);
    if (this.outcomes.length > 0) {
      this.socket.write(encodeFrame({ outcomes: this.outcomes } satisfies Pushed));
      this.outcomes = [];
    }
    this.socket.uncork();
  }

  end(): Promise<void> {
    this.socket.destroy();
    return this.closed;
  }

  private sendHints(hints: Buffer): void {
    if (this.socket.writableLength > MAX_UNREAD_BYTES) this.hasMissedHints = true;
    else this.socket.write(hints);
  }

  private drained(): void {
    if (!this.hasMissedHints) return;
    this.hasMissedHints = false;
    this.socket.write(NO_HINT_ENTRY);
  }

  private async run(call: Call): Promise<void> {
    const { id } = call;
    try {
      const value = await this.apply(call);
      this.outcomes.push({ id, value });
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === "fault") this.observe({ kind: "call_failed", rpc: "store", error });
      this.outcomes.push({ id, failure });
    }
    if (!this.isClosed) this.events.hasOutcomes();
  }

  private async apply({ operation, args }: Call): Promise<unknown> {
    const method = operations[operation](this.store) as (...args: unknown[]) => Promise<unknown>;
    const result = await method(...args.map(kept));
    if (operation === "lease") await this.began(result as string);
    if (operation === "endLease") this.leases.delete(args[0] as string);
    return result;
  }

  private async began(lease: string): Promise<void> {
    if (this.isClosed) await this.store.names.endLease(lease);
    else this.leases.add(lease);
  }

  /** The borrower may be dead: others need not wait for its leases to expire. */
  private async close(): Promise<void> {
    this.isClosed = true;
    this.events.closed();
    for (const lease of this.leases)
      await this.store.names.endLease(lease).catch((error: unknown) => {
        this.observe({ kind: "member_write_failed", step: "lease", error });
      });
  }
}

/** The memory engine keeps the bytes that it is given, and would keep the whole chunk with them. */
function kept(argument: unknown): unknown {
  return argument instanceof Uint8Array ? argument.slice() : argument;
}
