import { fstatSync, readdirSync, readFileSync, readlinkSync, writeSync } from "node:fs";

/** How often the reader is looked for, ms. */
const LOOK_EVERY_MS = 300;

/** Whether stdout's reader is there; undefined if that cannot be known, now or later. */
type Look = () => boolean | undefined;

/**
 * Calls `onLeft` once when the reader of a pipe or socket on descriptor `fd` is gone. A write would fail with EPIPE; this
 * notices it without anything to write. Where it cannot be known (a file, a terminal, Windows, a reader in another
 * container), the next write shows it.
 */
export function watchReader(
  onLeft: () => void,
  { fd = 1, platform = process.platform }: { readonly fd?: number; readonly platform?: NodeJS.Platform } = {},
): void {
  const look = lookFor(fd, platform);
  if (!look) return;
  const timer = setInterval(() => {
    const isThere = look();
    if (isThere) return;
    clearInterval(timer);
    if (isThere === false) onLeft();
  }, LOOK_EVERY_MS);
  timer.unref();
}

function lookFor(fd: number, platform: NodeJS.Platform): Look | undefined {
  if (platform === "win32") return undefined;
  try {
    const stat = fstatSync(fd);
    if (stat.isSocket()) return () => canWriteNothing(fd);
    if (!stat.isFIFO()) return undefined;
  } catch {
    return undefined;
  }
  // Linux returns from an empty write to a pipe before it looks for readers; the BSDs and macOS look first.
  return platform === "linux" ? new PipeReader(fd).look : () => canWriteNothing(fd);
}

/** Whether an empty write succeeds, which shows a closed end and sends nothing. */
function canWriteNothing(fd: number): boolean | undefined {
  try {
    writeSync(fd, new Uint8Array(0));
    return true;
  } catch (error) {
    return codeOf(error) === "EPIPE" ? false : undefined;
  }
}

/** A process that reads a pipe, as far as /proc shows one. */
class PipeReader {
  /** The path of its descriptor; undefined if none was found at the last search. */
  #known: string | undefined;
  readonly #pipe: string | undefined;

  constructor(fd: number) {
    this.#pipe = linkOf(`/proc/self/fd/${fd}`);
    this.#known = this.#search();
  }

  /** A reader that was never seen cannot leave, and one that has become another user's cannot be seen. */
  readonly look: Look = () => {
    const link = this.#known === undefined ? undefined : linkOf(this.#known);
    if (link === undefined) return undefined;
    if (link === this.#pipe) return true;
    this.#known = this.#search();
    return this.#known !== undefined;
  };

  /** One of the next processes, as a shell starts them one after the other: a search through all takes long. */
  #search(): string | undefined {
    if (!this.#pipe) return undefined;
    const distance = (pid: number) => Math.abs(pid - process.pid);
    const others = namesIn("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => pid !== process.pid)
      .sort((a, b) => distance(a) - distance(b));
    for (const pid of others) {
      const paths = namesIn(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`);
      const found = paths.find((path) => linkOf(path) === this.#pipe && isReading(path));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** What a descriptor is; "" if it is closed, undefined if it may not be seen. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    return codeOf(error) === "ENOENT" || codeOf(error) === "ESRCH" ? "" : undefined;
  }
}

function isReading(path: string): boolean {
  try {
    const info = readFileSync(path.replace("/fd/", "/fdinfo/"), "latin1");
    const flags = /^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? "1";
    // O_WRONLY is 1; the two lowest bits are the mode.
    return (Number.parseInt(flags, 8) & 3) !== 1;
  } catch {
    return false;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;
