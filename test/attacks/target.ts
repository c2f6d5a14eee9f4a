/** What the attackers know of the server, and of themselves. */
export interface Target {
  readonly port: number;
  /** The address of the i-th person. */
  address(i: number): string;
  /** The attack stands. */
  ready(): void;
}

/** Returns what it has to report. */
export type Attack = (target: Target) => Promise<object>;
