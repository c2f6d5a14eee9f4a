const NOTHING: Promise<unknown> = Promise.resolve();

/** Runs work one after the other, in the order in which it came. */
export class Turns {
  private last = NOTHING;

  /** Settles when all that has come by now is done; never rejects. */
  get done(): Promise<unknown> {
    return this.last;
  }

  /** A failure is the caller's alone: what comes next runs all the same. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }
}
