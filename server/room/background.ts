import type { Clock } from "./ports.js";

/** Writes that no caller waits for. The room's end does, so that the store is not closed under them. */
export class BackgroundWrites {
  private readonly pending = new Set<Promise<unknown>>();

  /** `write` must not reject: what fails in the background is observed where it fails. */
  add(write: Promise<unknown>): void {
    this.pending.add(write);
    void write.finally(() => this.pending.delete(write));
  }

  /** Resolves when nothing is pending, after `limitMs` at the latest. */
  async settled(clock: Clock, limitMs: number): Promise<void> {
    if (this.pending.size === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(limitMs, resolve);
      void this.end().then(() => {
        cancel();
        resolve();
      });
    });
  }

  private async end(): Promise<void> {
    while (this.pending.size > 0) await Promise.all(this.pending);
  }
}
