/** What the server accepts, from its Login response. */
export interface Limits {
  /** Bytes of UTF-8. */
  readonly maxTextBytes: number;
  readonly maxTextLines: number;
  /** Events that a fresh feed may replay. */
  readonly maxBacklog: number;
}

/** The schema's defaults, which apply until the server has sent its own. */
export const DEFAULT_LIMITS: Limits = { maxTextBytes: 4096, maxTextLines: 50, maxBacklog: 500 };

/** The schema's largest page of ListEvents and ListUsers, and the largest backlog: events or users. */
export const MAX_PAGE_SIZE = 500;
