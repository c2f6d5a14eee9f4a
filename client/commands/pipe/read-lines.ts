import { fstatSync } from "node:fs";
import type { Catalog } from "../../i18n/index.js";
import { decodeUtf8 } from "../../text/utf8.js";
import type { Context } from "../context.js";
import { EXIT, Failure } from "../exit.js";

/** Longer lines are refused, so that a stream without line ends uses bounded memory; no room accepts such a text. */
export const MAX_LINE_BYTES = 1_048_576;

/** A line that was refused instead of altered. */
export interface BadLine {
  /** From 1. */
  readonly number: number;
  readonly fault: "not_utf8" | "too_long";
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * The lines of a stream, without their ends (LF or CR LF); a last line without an end is included. A byte order mark at
 * the start of the stream is left out.
 */
export async function* readLines(
  stream: AsyncIterable<Buffer | string>,
): AsyncGenerator<string | BadLine, undefined, undefined> {
  let number = 0;
  /** Of a line whose end has not come. */
  let parts: Uint8Array[] = [];
  let size = 0;
  const add = (part: Uint8Array) => {
    size += part.length;
    if (size <= MAX_LINE_BYTES) parts.push(part);
    else parts = [];
  };
  const end = ({ isLast = false } = {}): string | BadLine => {
    number++;
    const line = size > MAX_LINE_BYTES ? undefined : Buffer.concat(parts);
    parts = [];
    size = 0;
    if (!line) return { number, fault: "too_long" };
    const bytes = !isLast && line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
    return decodeUtf8(bytes, { isStart: number === 1 }) ?? { number, fault: "not_utf8" };
  };
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    let start = 0;
    for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, start)) {
      add(bytes.subarray(start, at));
      yield end();
      start = at + 1;
    }
    add(bytes.subarray(start));
  }
  if (size > 0) yield end({ isLast: true });
  return undefined;
}

/** What stdin brings. Throws a Failure if it cannot be read: Node takes a folder for an empty stream. */
export async function* chunksOf({
  stdin,
  words,
}: Pick<Context, "stdin" | "words">): AsyncGenerator<Buffer | string, void, undefined> {
  try {
    if (fstatSync(stdin.fd).isDirectory()) throw Object.assign(new Error("a folder"), { code: "EISDIR" });
    yield* stdin;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Failure(EXIT.unexpected, words.cli.cannotRead(code), { cause: error });
  }
}

/** The next line, for a nickname; undefined at the end of the stream. Throws a Failure if it cannot be read. */
export async function firstLine(
  lines: AsyncIterator<string | BadLine, undefined>,
  words: Catalog,
): Promise<string | undefined> {
  const { value: line } = await lines.next();
  if (typeof line === "object") {
    throw new Failure(EXIT.usage, { what: "bad_input", message: words.cli.badLine(line) });
  }
  return line;
}
