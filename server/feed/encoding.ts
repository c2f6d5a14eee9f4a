import type { Position } from "../room/ports.js";
import type { Note } from "./control-events.js";
import type { FeedEntry } from "./entry.js";

/** One form in which feeds are sent: a codec and a compression. Readers of one variant share its bytes. */
export interface Variant {
  /** Equal for equal bytes. */
  readonly key: string;
  /** A whole envelope. */
  entry(entry: FeedEntry): Uint8Array;
  /** A whole envelope. `position`: where it leaves the reader; none on goodbye. `atMs`: ms since 1970. */
  note(note: Note, position: Position | undefined, atMs: number): Uint8Array;
}
