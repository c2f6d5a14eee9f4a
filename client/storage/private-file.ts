/**
 * What the client keeps on disk: sessions, the last seen event, and the input history, in `$XDG_STATE_HOME/parlance`.
 * Every file is for its owner alone, and none is required: when the disk cannot be read or written, the client goes on
 * without.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { decodeUtf8 } from "../text/utf8.js";

/** A JSON file that only its owner can read (mode 0600 in a folder of mode 0700), replaced as a whole. */
export class PrivateFile<T> {
  readonly #path: string;
  readonly #empty: T;

  constructor(path: string, empty: T) {
    this.#path = path;
    this.#empty = empty;
  }

  /** The stored value; `empty` if there is none or it cannot be read. */
  read(): T {
    try {
      return parse<T>(readFileSync(this.#path)) ?? this.#empty;
    } catch {
      return this.#empty;
    }
  }

  /** Returns whether the disk has taken it. */
  update(change: (stored: T) => T): boolean {
    const stored = this.#readOrPutAside();
    return writePrivate(this.#path, `${JSON.stringify(change(stored), null, 2)}\n`);
  }

  /** A damaged file is replaced; what is left of it, such as a secret, stays beside it as `NAME.damaged`. */
  #readOrPutAside(): T {
    try {
      const bytes = readFileSync(this.#path);
      const stored = parse<T>(bytes);
      if (stored) return stored;
      if (bytes.length > 0) renameSync(this.#path, `${this.#path}.damaged`);
    } catch {}
    return this.#empty;
  }
}

function parse<T>(bytes: Uint8Array): T | undefined {
  try {
    const value: unknown = JSON.parse(decodeUtf8(bytes) ?? "");
    const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
    return isObject ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

/** Not mkdirSync's `recursive`, which never returns where nothing can be made in a folder that is there, such as /proc. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    const above = dirname(path);
    if (code !== "ENOENT" || above === path) throw error;
    makeFolder(above);
    mkdirSync(path, { mode: 0o700 });
  }
}

/** Replaces a file; returns whether it did. Most callers go on without: a client without a home still chats. */
export function writePrivate(path: string, text: string): boolean {
  // A draft beside the file, so that the rename is atomic and no reader sees half of it.
  const draft = `${path}.${process.pid}`;
  try {
    makeFolder(dirname(path));
    writeFileSync(draft, text, { mode: 0o600 });
    // The mode above applies only to a new file, and less the umask.
    chmodSync(draft, 0o600);
    renameSync(draft, path);
    return true;
  } catch {
    return false;
  }
}
