import type { Registrations } from "../names/registrations.js";

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

/** Members of whom a history is kept before they are known here. */
const MAX_HISTORIES = 10_000;

/**
 * The ignore histories of members that are not in the room: on a shared store, of those that another process admitted and
 * that may join or call here; and of owners of registered nicknames, what holds for what they receive of a stay in the next.
 */
export class IgnoreHistories {
  /** By member id; the oldest first. */
  private readonly histories = new Map<string, IgnoreHistory>();

  constructor(
    private readonly shared: boolean,
    private readonly registrations: Pick<Registrations, "byId">,
  ) {}

  get(id: string): IgnoreHistory | undefined {
    return this.histories.get(id);
  }

  /** To add a toggle of a member that is not known here to; undefined if it will not be needed. */
  open(id: string): IgnoreHistory | undefined {
    const registration = this.registrations.byId(id);
    if (!this.shared && !registration) return undefined;
    return this.keep(id, this.histories.get(id) ?? new IgnoreHistory(registration?.ignoring));
  }

  /** The member is known here from now on. */
  delete(id: string): void {
    this.histories.delete(id);
  }

  /** The member's stay is over. `history`: of a member that was known here. */
  left(id: string, history: IgnoreHistory | undefined): void {
    if (!this.registrations.byId(id)) this.histories.delete(id);
    else if (history) this.keep(id, history);
  }

  /** The log does not have what followed this position any more. */
  forgetAfter(seq: number): void {
    for (const history of this.histories.values()) history.forgetAfter(seq);
  }

  private keep(id: string, history: IgnoreHistory): IgnoreHistory {
    this.histories.delete(id);
    this.histories.set(id, history);
    for (const oldest of this.histories.keys()) {
      if (this.histories.size <= MAX_HISTORIES) break;
      this.histories.delete(oldest);
    }
    return history;
  }
}
