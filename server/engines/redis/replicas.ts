import { type Clock, Unavailable } from "../../room/ports.js";
import { codeOf } from "./outcome.js";

/** How long the engine waits for its replicas. */
const PATIENCE_MS = 200;
/**
 * Flushes in a row that show that replicas flush each write. Of those that flush every second one may come within
 * PATIENCE_MS, a second one just after a copy, but not a third.
 */
const PROBES = 3;
/** Replicas that do not flush each write may do so later: one that has just copied everything first rewrites its file. */
const TRY_AGAIN_MS = 60_000;

export interface ReplicasOptions {
  /** How many have to confirm an append; 0: none is waited for. */
  readonly wanted: number;
  readonly clock: Pick<Clock, "monotonic">;
  readonly send: (...command: string[]) => Promise<unknown>;
  /** A write that changes nothing, for the replicas to confirm. */
  readonly write: () => Promise<unknown>;
  /** They confirm what they have received, not what they have flushed. Once, until that changes. */
  readonly onReceiptOnly: (why: string) => void;
}

/**
 * Waits until replicas have an append: until they have flushed it, if the engine can wait for that and they flush each
 * write, else until they have received it. The engine does not report how its replicas are set, so that is found out by
 * trial: at first on each connection, after too few have confirmed, and each minute while they do not.
 */
export class Replicas {
  private flush = false;
  /** Whether to find out before the next append if they flush. */
  private isTrialDue = true;
  private triedMs = 0;
  private trial: Promise<void> | undefined;
  private reported: string | undefined;
  /** The wait that was sent last, and the one that follows it for appends that were sent meanwhile. */
  private round: Promise<number> | undefined;
  private following: Promise<number> | undefined;
  private connections = 0;

  constructor(private readonly options: ReplicasOptions) {}

  /** The connection may be to another engine. */
  forget(): void {
    this.connections++;
    this.isTrialDue = true;
  }

  /** Before an append. Throws Unavailable, as not applied, if it is known already that too few replicas are there. */
  async prepare(): Promise<void> {
    const { wanted, clock } = this.options;
    const isOld = !this.flush && clock.monotonic() - this.triedMs >= TRY_AGAIN_MS;
    if (wanted === 0 || !(this.isTrialDue || isOld)) return;
    this.trial ??= this.tryOut().finally(() => {
      this.trial = undefined;
    });
    await this.trial;
  }

  /**
   * Right behind the append, on its connection. Throws Unavailable, as unknown, if too few replicas have it. The engine
   * carries out nothing on the connection while it waits, so that appends of the same time share one wait.
   */
  async confirm(): Promise<void> {
    const { wanted } = this.options;
    if (wanted === 0) return;
    // A wait that was not sent leaves open what became of the append, which was.
    const count = await this.confirmed().catch((error: unknown) => {
      throw new Unavailable("unknown", error);
    });
    if (count >= wanted) return;
    this.isTrialDue = true;
    throw new Unavailable("unknown", new Error(`${count} of ${wanted} replicas confirmed it`));
  }

  private confirmed(): Promise<number> {
    if (!this.round) return this.wait();
    const { connections } = this;
    const next = () => {
      this.following = undefined;
      // On a connection without writes of its own, the engine confirms at once.
      if (this.connections !== connections) throw new Error("the connection was lost");
      return this.wait();
    };
    this.following ??= this.round.then(next, next);
    return this.following;
  }

  private wait(): Promise<number> {
    const round = (this.flush ? this.flushed() : this.received()).finally(() => {
      if (this.round === round) this.round = undefined;
    });
    this.round = round;
    return round;
  }

  private async tryOut(): Promise<void> {
    const { wanted, clock, write } = this.options;
    await write();
    const count = await this.received();
    if (count < wanted)
      throw new Unavailable("not-applied", new Error(`${count} of ${wanted} replicas are there`));
    const why = await this.whyNotFlushed();
    this.triedMs = clock.monotonic();
    this.flush = why === undefined;
    this.isTrialDue = false;
    if (why !== undefined && why !== this.reported) this.options.onReceiptOnly(why);
    this.reported = why;
  }

  private async whyNotFlushed(): Promise<string | undefined> {
    try {
      for (let i = 0; i < PROBES; i++) {
        const [, count] = await Promise.all([this.options.write(), this.flushed()]);
        if (count < this.options.wanted) return "they do not flush each write";
      }
      return undefined;
    } catch (error) {
      if (codeOf(error) === "NOPERM") return "WAITAOF is not permitted";
      // Redis before 7.2.
      if (codeOf(error) === "ERR") return "it does not know WAITAOF";
      throw error;
    }
  }

  private async received(): Promise<number> {
    return Number(await this.options.send("WAIT", `${this.options.wanted}`, `${PATIENCE_MS}`));
  }

  /**
   * WAIT in between, because the engine asks each replica for its state once for each of the two: a replica that is asked
   * together with the write replies as of before its flush, and again only after a second.
   */
  private async flushed(): Promise<number> {
    const { wanted, send } = this.options;
    const waited = [this.received(), send("WAITAOF", "0", `${wanted}`, `${PATIENCE_MS}`)] as const;
    const [, reply] = await Promise.all(waited);
    return Array.isArray(reply) ? Number(reply[1]) : 0;
  }
}
