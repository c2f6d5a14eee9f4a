/** Why the port turned a peer away. */
export type PortRefusal =
  /** As many connections are open as there may be. */
  | "connections"
  /** An HTTP/2 request whose body did not end in time. */
  | "overdue_request"
  /** More HTTP/2 requests without an end than a session, or all of them, may have. */
  | "unfinished_requests"
  /** HTTP/2 responses that their peer did not read, too many or for too long. */
  | "unread_responses"
  /** An HTTP/2 session that kept resetting streams, or whose streams kept being refused. */
  | "resets"
  /** A connection of a peer that had too many streams reset and requests refused. */
  | "faults"
  /** An HTTP/2 session that sent control frames and little else. */
  | "control_frames"
  /** A connection whose peer acknowledges nothing. */
  | "dead_peer"
  /** A connection with a PROXY header, from a peer that is not trusted as a proxy. */
  | "untrusted_proxy"
  /** A connection of a trusted proxy with a PROXY header that cannot be used. */
  | "proxy_header";

/** `address`: of the latest; `count`: since the last report of that kind. */
export type ReportRefusal = (refusal: PortRefusal, address: string, count: number) => void;

const REPORT_EVERY_MS = 60_000;

/** Reports the first refusal of each kind at once, and then the number of them once a minute. */
export class Refusals {
  private readonly kinds = new Map<PortRefusal, { untilMs: number; count: number; address: string }>();

  constructor(private readonly report: ReportRefusal | undefined) {}

  add(kind: PortRefusal, address: string): void {
    const now = performance.now();
    const known = this.kinds.get(kind);
    if (known && now < known.untilMs) {
      known.count++;
      known.address = address;
      return;
    }
    const count = (known?.count ?? 0) + 1;
    this.kinds.set(kind, { untilMs: now + REPORT_EVERY_MS, count: 0, address });
    this.report?.(kind, address, count);
  }

  /** Reports what has been waiting for a minute; called now and then. */
  flush(): void {
    const now = performance.now();
    for (const [kind, { untilMs, count, address }] of this.kinds) {
      if (now < untilMs) continue;
      this.kinds.delete(kind);
      if (count > 0) this.report?.(kind, address, count);
    }
  }
}
