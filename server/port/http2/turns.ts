/**
 * Lets work begin in turns: so many pieces in each round of the event loop, and the peers one after the other. A crowd
 * that arrives at once is served as fast as before, but messages are delivered in between, and a peer that asks for much
 * waits behind itself.
 */
export class Turns {
  constructor(private readonly perRound: number) {}

  private readonly waiting = new Map<string, (() => void)[]>();
  private begun = 0;
  private isRoundOpen = false;

  /** Calls `begin` now or in a later round. */
  add(peer: string, begin: () => void): void {
    const ofPeer = this.waiting.get(peer);
    if (ofPeer) ofPeer.push(begin);
    else this.waiting.set(peer, [begin]);
    this.beginSome();
  }

  private beginSome(): void {
    while (this.begun < this.perRound) {
      const next = this.take();
      if (!next) break;
      this.begun++;
      next();
    }
    if (this.begun === 0 || this.isRoundOpen) return;
    this.isRoundOpen = true;
    setImmediate(() => {
      this.isRoundOpen = false;
      this.begun = 0;
      this.beginSome();
    });
  }

  /** The next of the peer that has waited longest; it then waits behind the others. */
  private take(): (() => void) | undefined {
    for (const [peer, turns] of this.waiting) {
      const next = turns.shift();
      this.waiting.delete(peer);
      if (turns.length > 0) this.waiting.set(peer, turns);
      return next;
    }
    return undefined;
  }
}
