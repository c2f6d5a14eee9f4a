/** More than members and moderators erase while one page is read. */
const KEPT = 4_096;

/**
 * What was erased lately. What was read of the log may have what is erased before it is sent: a reader notes `count` first
 * and asks afterwards.
 */
export class Erasures {
  /** Entries erased so far. */
  count = 0;
  /** The latest, in their order; between KEPT and twice as many once there were that many. */
  private recent: number[] = [];

  add(seqs: Iterable<number>): void {
    for (const seq of seqs) {
      this.recent.push(seq);
      this.count++;
    }
    if (this.recent.length > 2 * KEPT) this.recent = this.recent.slice(-KEPT);
  }

  /** The numbers of the entries that were erased since `count` was that; undefined: too many to know. */
  since(count: number): ReadonlySet<number> | undefined {
    const erased = this.count - count;
    if (erased === 0) return NONE;
    return erased > this.recent.length ? undefined : new Set(this.recent.slice(-erased));
  }
}

const NONE: ReadonlySet<number> = new Set();
