/** Toggles that are kept; before the oldest of them, the state is taken to be the opposite of what it set. */
const MAX_TOGGLES = 1024;

interface Toggle {
  readonly seq: number;
  readonly ignoring: boolean;
  /** The room's count of group messages at the toggle. */
  readonly groupMessages: number;
}

/**
 * Whether a member ignores group messages, as a function of the position in the log: a feed that catches up later must
 * skip the same messages as one that was live.
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

  toggled(toggle: Toggle): void {
    this.toggles.push(toggle);
    if (this.toggles.length > MAX_TOGGLES) this.toggles.shift();
  }

  /** The log does not have what followed this position any more. */
  forgetAfter(seq: number): void {
    this.initial = this.at(0);
    this.toggles = this.toggles.filter((toggle) => toggle.seq <= seq);
  }

  /** Group messages skipped in the period of ignoring that ended at `seq`; 0 if none ended there. */
  skippedBefore(seq: number): number {
    const at = this.toggles.findLastIndex((toggle) => toggle.seq === seq);
    const end = this.toggles[at];
    if (!end || end.ignoring) return 0;
    return end.groupMessages - (this.toggles[at - 1]?.groupMessages ?? 0);
  }
}
