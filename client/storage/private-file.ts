/**
 * What the client keeps on disk: sessions, the last seen event, and the input history, in `$XDG_STATE_HOME/parlance`.
 * Every file is for its owner alone, and none is required: when the disk cannot be read or written, the client goes on
 * without.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

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
      const stored: unknown = JSON.parse(readFileSync(this.#path, "utf8"));
      return stored !== null && typeof stored === "object" ? (stored as T) : this.#empty;
    } catch {
      return this.#empty;
    }
  }

  update(change: (stored: T) => T): void {
    writePrivate(this.#path, `${JSON.stringify(change(this.read()), null, 2)}\n`);
  }
}

/** Replaces a file. Failures are ignored on purpose: a client without a home still chats. */
export function writePrivate(path: string, text: string): void {
  // A draft beside the file, so that the rename is atomic and no reader sees half of it.
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(draft, text, { mode: 0o600 });
    // The mode above applies only to a new file, and less the umask.
    chmodSync(draft, 0o600);
    renameSync(draft, path);
  } catch {}
}
