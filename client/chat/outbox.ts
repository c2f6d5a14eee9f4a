/**
 * Inputs on their way to the room: what is typed before the room can take it waits here, in its order, and is sent once,
 * one input after the response to the one before. What the room refuses is held here until the reader takes it back.
 */
import type { Address } from "./input/address.js";
import type { About, Problem } from "./line.js";
import type { State } from "./state.js";

/** Does what an input means: the chat. */
export interface Submitter {
  readonly state: State;
  submit(input: string, address: Address | null, about?: About | null): Promise<Problem | null>;
}

/** An input, and whom it is for. */
export interface Draft {
  readonly text: string;
  readonly address: Address | null;
  /** The message that it replies to or changes. Default: none. */
  readonly about?: About | null;
}

/** An input that is not done. */
export interface Pending extends Draft {
  /**
   * Waiting for the connection, its turn, or the rate limit; sent and without a response; or not to be sent by itself.
   */
  readonly phase: "waiting" | "sending" | "held";
  /** Its place: what has a lower number is sent before. */
  readonly place: number;
  /** Local clock, ms since 1970: when it was submitted. */
  readonly sinceMs: number;
  /** Local clock: when the rate limit lets it through; null: it is not known to be limited. */
  readonly retryAtMs: number | null;
  /** Why it is held; null otherwise. */
  readonly problem: Problem | null;
}

export interface OutboxOptions {
  /** Called after each change. */
  readonly onChange: () => void;
  /** An input was refused and is held. */
  readonly onHeld: (entry: Pending, problem: Problem) => void;
}

/** How long leaving waits for responses, ms. */
const FLUSH_MS = 1_000;
/** A response is late after this long, ms. */
const LATE_MS = 1_000;

export class Outbox {
  readonly #options: OutboxOptions;
  #entries: readonly Pending[] = [];
  #places = 0;
  #submitter: Submitter | null = null;
  #sending: Promise<void> | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** In the order in which they will be sent; held ones in their places. */
  get entries(): readonly Pending[] {
    return this.#entries;
  }

  /** Those that are to be shown: not what is on its way as usual. */
  shown(nowMs: number): readonly Pending[] {
    const isOnline = this.#submitter?.state.connection.phase === "online";
    return this.#entries.filter(({ phase, sinceMs, retryAtMs }) => {
      const isStuck = phase === "held" || retryAtMs !== null || (phase === "waiting" && !isOnline);
      return isStuck || nowMs - sinceMs >= LATE_MS;
    });
  }

  /** `place`: of an input that was taken out to be edited. Default: the last one. */
  add(draft: Draft, place = ++this.#places): void {
    this.putBack({
      ...draft,
      ...{ phase: "waiting", place, sinceMs: Date.now(), retryAtMs: null, problem: null },
    });
  }

  /** An input that was taken out is in its place again. */
  putBack(entry: Pending): void {
    const at = this.#entries.findIndex(({ place }) => place > entry.place);
    this.#change(this.#entries.toSpliced(at < 0 ? this.#entries.length : at, 0, entry));
    this.wake();
  }

  /** The input that can be taken out next to a place: before it (-1) or behind it (1). */
  nextTo(place: number, step: -1 | 1): Pending | undefined {
    return step < 0
      ? this.idle.findLast((entry) => entry.place < place)
      : this.idle.find((entry) => entry.place > place);
  }

  /** Sends through this chat from now on. */
  attach(submitter: Submitter): void {
    this.#submitter = submitter;
    this.wake();
  }

  /** The chat has ended. What has no response may have arrived, and is held. */
  detach(): void {
    this.#submitter = null;
    clearTimeout(this.#retry);
    const problem: Problem = { what: "not_confirmed", kept: "held" };
    for (const entry of this.#entries) if (entry.phase === "sending") this.#hold(entry, problem);
  }

  /** Call it when the chat may have come online: sends what waits. */
  wake(): void {
    if (this.#sending || !this.#next()) return;
    this.#sending = this.#sendAll().finally(() => {
      this.#sending = null;
      // What was added since the last look.
      this.wake();
    });
  }

  /** The inputs that are not under way: they can be taken out, to be edited or dropped. */
  get idle(): readonly Pending[] {
    return this.#entries.filter(({ phase }) => phase !== "sending");
  }

  takeOut(taken: readonly Pending[]): void {
    this.#change(this.#entries.filter((entry) => !taken.includes(entry)));
  }

  /** Sends nothing by itself of what waits and was submitted since then. */
  holdSince(sinceMs: number, problem: Problem): void {
    const isMeant = (entry: Pending) => entry.phase === "waiting" && entry.sinceMs >= sinceMs;
    for (const entry of this.#entries.filter(isMeant)) this.#hold(entry, problem);
  }

  /** Waits briefly for a response that is under way, and ends. Resolves with what is not done, in its order. */
  async close(signal: AbortSignal): Promise<readonly Pending[]> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, signal.aborted ? 0 : FLUSH_MS);
    });
    await Promise.race([this.#sending, limit]);
    clearTimeout(timer);
    clearTimeout(this.#retry);
    this.#submitter = null;
    const left = this.#entries;
    this.#entries = [];
    return left;
  }

  /** What can be sent now. The rate limit of one holds up all. */
  #next(): Pending | undefined {
    if (this.#submitter?.state.connection.phase !== "online") return undefined;
    const next = this.#entries.find(({ phase }) => phase !== "held");
    if (next?.phase !== "waiting") return undefined;
    return (next.retryAtMs ?? 0) <= Date.now() ? next : undefined;
  }

  async #sendAll(): Promise<void> {
    for (let entry = this.#next(); entry && this.#submitter; entry = this.#next()) {
      await this.#send(entry, this.#submitter);
    }
  }

  async #send(entry: Pending, submitter: Submitter): Promise<void> {
    const sending = this.#replace(entry, { ...entry, phase: "sending", retryAtMs: null });
    const problem = await submitter.submit(entry.text, entry.address, entry.about ?? null);
    // Held or closed meanwhile.
    if (!this.#entries.includes(sending)) return;
    if (problem === null) this.#change(this.#entries.filter((one) => one !== sending));
    else if (problem.what === "rate_limited") this.#waitOut(sending, problem.retryMs);
    else this.#hold(sending, "kept" in problem ? { ...problem, kept: "held" } : problem);
  }

  #waitOut(entry: Pending, retryMs: number): void {
    this.#replace(entry, { ...entry, phase: "waiting", retryAtMs: Date.now() + retryMs });
    clearTimeout(this.#retry);
    // A timer may fire a little before the clock has reached its time.
    this.#retry = setTimeout(() => this.wake(), retryMs + 1);
  }

  #hold(entry: Pending, problem: Problem): void {
    const held = this.#replace(entry, { ...entry, phase: "held", retryAtMs: null, problem });
    this.#options.onHeld(held, problem);
  }

  #replace(entry: Pending, by: Pending): Pending {
    this.#change(this.#entries.map((one) => (one === entry ? by : one)));
    return by;
  }

  #change(entries: readonly Pending[]): void {
    this.#entries = entries;
    this.#options.onChange();
  }
}
