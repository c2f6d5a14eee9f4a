import { readFileSync } from "node:fs";
import { join } from "node:path";
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
    const values: unknown[] = readFileSync(path, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    return values.filter((value) => typeof value === "string").slice(-MAX_ENTRIES);
  } catch {
    return [];
  }
}
