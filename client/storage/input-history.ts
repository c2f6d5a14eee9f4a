import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeUtf8 } from "../text/utf8.js";
import { writePrivate } from "./private-file.js";

const MAX_ENTRIES = 500;

/**
 * Inputs kept between runs if the setting `history` is on; private ones never are. The file `history` holds a JSON
 * string a line.
 */
export class InputHistory {
  readonly #path: string;
  #entries: readonly string[] | undefined;

  constructor(dir: string) {
    this.#path = join(dir, "history");
  }

  /** Oldest first. */
  load(): readonly string[] {
    this.#entries ??= read(this.#path);
    return this.#entries;
  }

  append(text: string): void {
    this.#entries = [...this.load(), text].slice(-MAX_ENTRIES);
    writePrivate(this.#path, this.#entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  }
}

function read(path: string): readonly string[] {
  try {
    const lines = readFileSync(path, "latin1").split("\n");
    return lines.flatMap((line) => entryOf(Buffer.from(line, "latin1")) ?? []).slice(-MAX_ENTRIES);
  } catch {
    return [];
  }
}

/** A damaged line is one entry less. */
function entryOf(bytes: Uint8Array): string | undefined {
  try {
    const value: unknown = JSON.parse(decodeUtf8(bytes) ?? "");
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
