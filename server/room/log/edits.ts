/** Which edits the log has of which message, by their numbers in the log. */
export class Edits {
  private readonly ofMessage = new Map<number, number[]>();
  private readonly messages = new Map<number, number>();
  /** Messages and edits that are erased. */
  private readonly erased = new Set<number>();

  /** How many numbers are remembered. */
  get size(): number {
    return this.messages.size + this.erased.size;
  }

  /** To be called for each edit that is applied. Returns whether its message is erased, so that it is to be, too. */
  add(message: number, edit: number): boolean {
    const edits = this.ofMessage.get(message);
    if (edits) edits.push(edit);
    else this.ofMessage.set(message, [edit]);
    this.messages.set(edit, message);
    return this.erased.has(message);
  }

  /** To be called with what an entry erases, when it is applied. Returns the edits of it that are to be erased as well. */
  erase(seqs: readonly number[]): readonly number[] {
    for (const seq of seqs) this.erased.add(seq);
    const whole = new Set(seqs.flatMap((seq) => this.withMessage(seq)));
    return [...whole].filter((seq) => !this.erased.has(seq));
  }

  /** A message and all its edits; `seq`: its own number, or that of one of its edits. */
  withMessage(seq: number): readonly number[] {
    const message = this.messages.get(seq) ?? seq;
    return [message, ...(this.ofMessage.get(message) ?? [])];
  }

  /** How many messages these are, if edits count as the message. */
  count(seqs: readonly number[]): number {
    return new Set(seqs.map((seq) => this.messages.get(seq) ?? seq)).size;
  }

  /** The log has lost what comes after this number. */
  forgetAfter(seq: number): void {
    this.forget((one) => one > seq);
  }

  /** The log no longer keeps what comes before this number. */
  forgetBefore(seq: number): void {
    this.forget((one) => one < seq);
  }

  private forget(isGone: (seq: number) => boolean): void {
    for (const one of this.erased) if (isGone(one)) this.erased.delete(one);
    for (const [message, edits] of this.ofMessage) {
      const kept = edits.filter((edit) => !isGone(edit));
      if (kept.length > 0) this.ofMessage.set(message, kept);
      else this.ofMessage.delete(message);
    }
    for (const edit of this.messages.keys()) if (isGone(edit)) this.messages.delete(edit);
  }
}
