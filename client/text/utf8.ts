/**
 * The one rule by which bytes become text, on every way in: valid UTF-8, or refused. Nothing is replaced. A byte order
 * mark at the start of a file or stream is its signature and no part of the text.
 */

export interface DecodeOptions {
  /** Whether these bytes begin a file or stream. Default true. */
  readonly isStart?: boolean;
}

/** Undefined for bytes that are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array, { isStart = true }: DecodeOptions = {}): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: !isStart }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Whether text that a runtime decoded may have lost something: half a surrogate pair, or U+FFFD in its place. */
export function mayBeAltered(text: string): boolean {
  return !text.isWellFormed() || text.includes("\ufffd");
}
