import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** A JSON file for its owner's eyes alone (mode 0600 in a folder of mode 0700), replaced as a whole. */
export interface PrivateFile<T> {
  /** What is kept; `empty` if there is nothing, or nothing readable. */
  read(): T;
  /** Failures are passed over: a client without a home still talks. */
  update(change: (kept: T) => T): void;
}

export function createPrivateFile<T>(path: string, empty: T): PrivateFile<T> {
  const read = (): T => {
    try {
      const kept: unknown = JSON.parse(readFileSync(path, "utf8"));
      return kept !== null && typeof kept === "object" ? (kept as T) : empty;
    } catch {
      return empty;
    }
  };
  return {
    read,
    update(change) {
      const next = JSON.stringify(change(read()), null, 2);
      // Beside the file, so that the rename is one step and nobody reads half of it.
      const draft = `${path}.${process.pid}`;
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        writeFileSync(draft, `${next}\n`, { mode: 0o600 });
        // The mode above counts only for a file that is new, and less the umask.
        chmodSync(draft, 0o600);
        renameSync(draft, path);
      } catch {}
    },
  };
}
