/** What the attackers know of the server, and of themselves. */
export interface Target {
  readonly port: number;
  /** The address of the i-th person. */
  address(i: number): string;
  /** Reports that the attack is in place, and is only kept up from here on. */
  ready(): void;
}

/** Returns what it has to report. */
export type Attack = (target: Target) => Promise<object>;
