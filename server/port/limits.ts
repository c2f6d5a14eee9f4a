import { readFileSync } from "node:fs";

/**
 * The limits of the port on its peers, whatever they send. A trusted proxy sends for many people, and is exempt from those
 * by peer and for resets. What its HTTP/2 sessions carry counts for the person that it names.
 */
export interface PortLimits {
  /**
   * Open connections, of either HTTP version. A further one takes the place of one that is idle; if none is, it is
   * destroyed as it arrives.
   */
  readonly maxConnections: number;
  /** Streams that one HTTP/2 session may have open, as its SETTINGS announce. */
  readonly maxStreams: number;
  /** HTTP/2 requests whose body has not ended, of one session; those beyond it that are older than a moment are refused. */
  readonly maxUnfinishedPerSession: number;
  /** The same of all sessions; beyond it, one of the peer that has most of them is refused. */
  readonly maxUnfinished: number;
  /**
   * HTTP/2 responses that are complete and wait for their reader, of all sessions; beyond it, the peer that has most of them
   * opens no more streams.
   */
  readonly maxUnread: number;
  /** Streams of one session that are reset, by either side: so many at once, and so many a second. */
  readonly resetBurst: number;
  readonly resetsPerSecond: number;
  /**
   * Faults of all connections of one peer: such resets, and requests that were refused before their end. Beyond them, its
   * connections that carry nothing else are closed, and new ones as they arrive.
   */
  readonly peerFaultBurst: number;
  readonly peerFaultsPerSecond: number;
  /** Header list of one request: bytes, and fields. */
  readonly maxHeaderBytes: number;
  readonly maxHeaderFields: number;
}

/** File descriptors that are no connections: the store, its journal, the log, files that are being read. */
const RESERVED_FILES = 64;
/** Where the limit of open files is unknown. */
const USUAL_CONNECTIONS = 10_000;

export function defaultLimits(): PortLimits {
  return {
    maxConnections: affordableConnections(),
    maxStreams: 256,
    maxUnfinishedPerSession: 16,
    maxUnfinished: 512,
    maxUnread: 512,
    resetBurst: 100,
    resetsPerSecond: 10,
    peerFaultBurst: 500,
    peerFaultsPerSecond: 50,
    maxHeaderBytes: 16 * 1024,
    maxHeaderFields: 100,
  };
}

/** As many as this process has file descriptors for, less a reserve. Linux reports the limit; elsewhere it is assumed. */
export function affordableConnections(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "latin1");
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? USUAL_CONNECTIONS : Math.max(16, Number(soft) - RESERVED_FILES);
  } catch {
    return USUAL_CONNECTIONS;
  }
}
