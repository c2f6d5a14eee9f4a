import type { Variant } from "./encoding.js";
import type { Progress } from "./progress.js";
import type { Sink } from "./sink.js";

/** A reader whose bytes the feed writes itself, as the live set sees it. */
export interface Reader {
  /** Stands still while the reader is live: a live one is at the flushed head by definition. */
  readonly progress: Progress;
  readonly variant: Variant;
  readonly sink: Sink;
  /** Heartbeat tick of the last write. */
  wroteAt: number;
  /** Whether the member ignored group messages at the flushed head; kept while live. */
  ignoring: boolean;
  /** The last piece of a flush that was written to this reader on its own. */
  piece: number;
  /** It is no longer live, and its sink takes nothing until it drains. */
  full(): void;
  /** It is no longer live, and has to find its own way on. */
  displaced(): void;
}
