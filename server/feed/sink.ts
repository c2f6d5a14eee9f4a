/** How a sink wants its bytes wrapped; made once for all sinks of the same framing. */
export interface Framing {
  readonly key: string;
  wrap(bytes: Uint8Array): Uint8Array;
}

/** Where a reader's bytes go. */
export interface Sink {
  readonly framing: Framing;
  /** Takes wrapped bytes. False: enough for now, wait for the drain. Must not throw, also when the other end is gone. */
  write(bytes: Uint8Array): boolean;
  /** Calls once when there is room again; answers the function that cancels it. */
  onDrain(call: () => void): () => void;
  /** Ends it by force, unless everything was sent. */
  cut(): void;
}

export const plainFraming: Framing = { key: "plain", wrap: (bytes) => bytes };
