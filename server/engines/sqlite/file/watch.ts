import { type BigIntStats, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Why nothing more may be written to the open file. */
export interface Displaced {
  readonly error: Error;
  /**
   * absent: nothing is at the path, or another file is; writes go on if the first comes back. damaged: for good. side:
   * one of SQLite's side files is not the one in use; reopening mends it.
   */
  readonly kind: "absent" | "damaged" | "side";
}

export interface FileWatch {
  readonly opened: FileIdentity;
  /**
   * Compares the path with what is open, by stat alone: opening and closing the file here would drop SQLite's POSIX
   * locks on it. Undefined: the next start will open the same file, and finds in it what is written now.
   */
  examine(): Displaced | undefined;
  /** Size of the write-ahead log at the last examination, in bytes. */
  logBytes(): number;
  /** Whether the disk has more than a little space. */
  hasSpace(): boolean;
}

const littleSpaceBytes = 512 * 1024;

export interface WatchOptions {
  /** As the operator gave it: a symbolic link may be pointed elsewhere. */
  readonly path: string;
  /** What the path stood for when the file was opened; SQLite's side files are named after it. */
  readonly realPath: string;
  /** Identity of the open file. */
  readonly opened: FileIdentity;
  /** Bytes that the file must have by what SQLite knows of it, its write-ahead log included. */
  readonly wholeBytes: () => number;
}

export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** Undefined if there is nothing at the path, or nothing that can be reached. */
export function identify(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

export const isSame = (one: FileIdentity | undefined, other: FileIdentity | undefined): boolean =>
  one !== undefined && other !== undefined && one.ino === other.ino && one.dev === other.dev;

/** Watches a file that has just been opened, written to once, and is in write-ahead mode. */
export function watchFile({ path, realPath, opened, wholeBytes }: WatchOptions): FileWatch {
  const sides = ["-wal", "-shm"].map((suffix) => ({
    name: `${realPath}${suffix}`,
    opened: identify(`${realPath}${suffix}`),
  }));
  let size = identify(path)?.size ?? 0n;
  let logBytes = 0;

  /** The file never shrinks by itself, but another program may have vacuumed it. */
  function isCut(found: bigint): boolean {
    if (found >= size) return false;
    try {
      return Number(found) < wholeBytes();
    } catch {
      return true;
    }
  }

  return {
    opened,
    hasSpace() {
      try {
        const { bavail, bsize } = statfsSync(dirname(realPath));
        return bavail * bsize >= littleSpaceBytes;
      } catch {
        return true;
      }
    },
    logBytes: () => logBytes,
    examine() {
      const found = identify(path);
      if (!found) {
        const text =
          "was removed or moved away; writes are refused until it is back or the server is restarted";
        return displaced("absent", `${path} ${text}`);
      }
      if (!isSame(found, opened)) {
        const text = "was replaced by another file; writes are refused until the server is restarted";
        return displaced("absent", `${path} ${text}`);
      }
      if (isCut(found.size)) {
        const text = `was cut to ${found.size} bytes; writes are refused until a backup is restored and the server restarted`;
        return displaced("damaged", `${path} ${text}`);
      }
      size = found.size;
      for (const side of sides) {
        const now = identify(side.name);
        if (!isSame(now, side.opened)) {
          return displaced("side", `${side.name} was removed or replaced; the store is reopened`);
        }
        if (side === sides[0]) logBytes = Number(now?.size ?? 0n);
      }
      return undefined;
    },
  };
}

const displaced = (kind: Displaced["kind"], text: string): Displaced => ({ kind, error: new Error(text) });
