/** Who a session is in the room, and what the server allows it. */
export interface Self {
  readonly nickname: string;
  readonly id: string;
}

/** What the server allows; before login the contract's defaults. */
export interface Limits {
  readonly maxTextBytes: number;
  readonly maxTextLines: number;
  /** Greatest backlog, in events. */
  readonly maxBacklog: number;
}

/** What the schema promises before a server has said more. */
export const DEFAULT_LIMITS: Limits = { maxTextBytes: 4096, maxTextLines: 50, maxBacklog: 500 };

/** How names are compared on this side. The server alone decides who exists. */
export function nameKey(nickname: string): string {
  return nickname.normalize("NFC").toLowerCase();
}
