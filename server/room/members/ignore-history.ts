/** Toggles that are remembered; a reader who goes back further is shown what the oldest of them leaves open. */
const MAX_TOGGLES = 1024;

interface Toggle {
  readonly seq: number;
  readonly ignoring: boolean;
  /** Group messages that the room had heard when the switch moved. */
  readonly heard: number;
}

/**
 * A member's switch for group messages, as a function of the place in the log: a feed that catches up later must pass
 * over the same messages as one that was live.
 */
export class IgnoreHistory {
  private toggles: Toggle[] = [];

  /** `initial`: the state before the first toggle. */
  constructor(private initial = false) {}

  get now(): boolean {
    return this.toggles.at(-1)?.ignoring ?? this.initial;
  }

  at(seq: number): boolean {
    for (let i = this.toggles.length - 1; i >= 0; i--) {
      const toggle = this.toggles[i]!;
      if (toggle.seq < seq) return toggle.ignoring;
    }
    return this.toggles.length === 0 ? this.initial : !this.toggles[0]!.ignoring;
  }

  /** The switch moved at `seq`, when the room had heard `heard` group messages. */
  toggled(toggle: Toggle): void {
    this.toggles.push(toggle);
    if (this.toggles.length > MAX_TOGGLES) this.toggles.shift();
  }

  /** Group messages passed over in the stretch of ignoring that ended at `seq`; 0 if none ended there. */
  skippedBefore(seq: number): number {
    const at = this.toggles.findLastIndex((toggle) => toggle.seq === seq);
    const end = this.toggles[at];
    if (!end || end.ignoring) return 0;
    return end.heard - (this.toggles[at - 1]?.heard ?? 0);
  }
}
