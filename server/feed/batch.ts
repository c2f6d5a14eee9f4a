/** Bytes that a reader is handed at once, at most. */
export const MAX_BATCH_BYTES = 64 * 1024;

/** One chunk for one write. A single one is not copied. */
export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array {
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
