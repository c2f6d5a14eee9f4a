/** How a sink wants its batches wrapped. */
export interface Framing {
  /** Equal for equal bytes, so that readers can share them. */
  readonly key: string;
  wrap(batch: Uint8Array): Uint8Array;
}

export const plainFraming: Framing = { key: "plain", wrap: (batch) => batch };

/** Where a reader's batches go. */
export interface Sink {
  readonly framing: Framing;
  /**
   * Takes a wrapped batch. Returns false on backpressure: the next write has to wait for `onDrain`. Must not throw, even
   * when the peer is gone.
   */
  write(bytes: Uint8Array): boolean;
  /** Whether the peer is gone: nothing that is written reaches it. */
  isClosed(): boolean;
  /** Calls once when the sink takes bytes again. Returns a function that cancels it. */
  onDrain(call: () => void): () => void;
  /** Ends the stream by force, unless everything was sent. */
  cut(): void;
}

/** Size at which a batch is full, in bytes; a single larger frame is a batch of its own. */
export const MAX_BATCH_BYTES = 64 * 1024;

/** One batch for one write; a single frame is not copied. */
export function joinFrames(frames: readonly Uint8Array[]): Uint8Array {
  return frames.length === 1 ? frames[0]! : Buffer.concat(frames);
}
