/** Among so many of the room's latest private messages, those that are unwritten are known. */
const MAX_TRACKED = 50_000;

/** A private message to a member that has not been written to any of the member's feeds. */
export interface UnwrittenMessage {
  readonly seq: number;
  /** That of its event. */
  readonly id: string;
  readonly senderId: string;
  /** Whether the member had no feed open when it was appended. */
  readonly wasAway: boolean;
}

/** What a restarted process has to know: which messages that the log marks as sent to an absent member were written. */
export interface Written {
  /** Those up to this number were, */
  readonly upTo: number;
  /** except these. */
  readonly except: readonly number[];
}

/**
 * The private messages to a member's present stay that no feed of the member has been written yet. What remains when the
 * stay ends is reported to the senders (verbs/logout.ts). After a restart, what was appended while the member had a feed
 * open counts as written.
 */
export class Unwritten {
  /** By number, oldest first. */
  private readonly messages = new Map<number, UnwrittenMessage>();
  private upTo: number;
  private readonly except: ReadonlySet<number>;

  /** `onWritten`: what a restarted process has to know has changed. */
  constructor(
    { upTo, except }: Written,
    private readonly onWritten: () => void,
  ) {
    this.upTo = upTo;
    this.except = new Set(except);
  }

  get size(): number {
    return this.messages.size;
  }

  add(message: UnwrittenMessage): void {
    this.messages.set(message.seq, message);
  }

  /** It is too old to be reported. */
  forget(seq: number): void {
    this.messages.delete(seq);
  }

  /** The log does not have what followed this number any more. */
  forgetAfter(seq: number): void {
    this.upTo = Math.min(this.upTo, seq);
    for (const known of this.messages.keys()) if (known > seq) this.messages.delete(known);
  }

  /** Adds a message that an earlier process appended, unless it was written then. */
  restore(message: UnwrittenMessage): void {
    const wasWritten = message.seq <= this.upTo && !this.except.has(message.seq);
    if (message.wasAway && !wasWritten) this.add(message);
  }

  /** These entries of the log have been written to a feed of the member. */
  written(seqs: Iterable<number>): void {
    let isNews = false;
    for (const seq of seqs) {
      const message = this.messages.get(seq);
      if (!message) continue;
      this.messages.delete(seq);
      if (!message.wasAway) continue;
      this.upTo = Math.max(this.upTo, seq);
      isNews = true;
    }
    if (isNews) this.onWritten();
  }

  /** A feed was resumed after this number: the member has all up to it. */
  receivedUpTo(seq: number): void {
    if (this.messages.size === 0) return;
    this.written([...this.messages.keys()].filter((known) => known <= seq));
  }

  /**
   * Forgets what feeds of other processes were written: what they recorded, and what was appended while the member had a
   * feed open.
   */
  writtenElsewhere({ upTo, except }: Written): void {
    for (const [seq, { wasAway }] of this.messages)
      if (!wasAway || (seq <= upTo && !except.includes(seq))) this.messages.delete(seq);
  }

  /** Their senders know that they were not delivered. */
  reported(seqs: Iterable<number>): void {
    for (const seq of seqs) this.messages.delete(seq);
  }

  /** Oldest first. */
  all(): readonly UnwrittenMessage[] {
    return [...this.messages.values()];
  }

  get state(): Written {
    return { upTo: this.upTo, except: [...this.messages.keys()].filter((seq) => seq < this.upTo) };
  }
}

/** Bounds the memory for unwritten messages: the oldest of the room are forgotten. */
export class TrackedMessages {
  private readonly tracked: { readonly seq: number; readonly of: Unwritten }[] = [];
  private oldest = 0;

  constructor(private readonly max = MAX_TRACKED) {}

  track(seq: number, of: Unwritten): void {
    const { tracked, max } = this;
    if (tracked.length < max) {
      tracked.push({ seq, of });
      return;
    }
    const forgotten = tracked[this.oldest];
    forgotten?.of.forget(forgotten.seq);
    tracked[this.oldest] = { seq, of };
    this.oldest = (this.oldest + 1) % max;
  }
}
