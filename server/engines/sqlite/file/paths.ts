/**
 * Which file a path stands for, found without opening anything: opening a FIFO waits for its other end, and closing a
 * file would drop the POSIX locks that this process holds on it.
 */
import { lstatSync, mkdirSync, readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pid } from "node:process";
import { StoreRefused } from "../../store-refused.js";
import { identify } from "./watch.js";

/** As Linux has it. */
const maxLinks = 40;
/** What SQLite and the lock put beside the file. */
const sideSuffixes = ["-wal", "-shm", "-journal", ".lock", ".lock-journal", ".lock.json"];

/**
 * The path without symbolic links; its folder is created, for the owner alone, if it is missing. Throws StoreRefused if
 * something else than a file is there or beside it, or if the file has another name, and the error of the file system if
 * there can be no such file.
 */
export function resolveStore(path: string): string {
  const realPath = follow(resolve(path));
  for (const suffix of ["", ...sideSuffixes]) refuseIrregular(`${realPath}${suffix}`);
  refuseLinked(realPath);
  return realPath;
}

/** Throws StoreRefused if something is there that is not a file. */
export function refuseIrregular(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found || found.isFile()) return;
  throw new StoreRefused(`${path} is ${found.isDirectory() ? "a folder" : "not a regular file"}`);
}

function follow(path: string, links = 0): string {
  if (links > maxLinks) throw new StoreRefused(`${path} is a symbolic link in a circle`);
  makeFolder(dirname(path));
  const there = join(realpathSync(dirname(path)), basename(path));
  if (!lstatSync(there, { throwIfNoEntry: false })?.isSymbolicLink()) return there;
  return follow(resolve(dirname(there), readlinkSync(there)), links + 1);
}

/** Step by step: in folders such as /proc, Node's own recursive mkdir tries for ever. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const exists = error instanceof Error && "code" in error && error.code === "EEXIST";
    if (!exists || !statSync(path).isDirectory()) throw error;
  }
}

/**
 * SQLite finds the write-ahead log by the name of the file. Through another hard link it would miss what is in the log,
 * and corrupt the file later.
 */
function refuseLinked(path: string): void {
  const found = identify(path);
  if (!found || found.nlink < 2n) return;
  const holder = lockHolder(found);
  const who = holder === undefined ? "" : `; process ${holder} uses it`;
  throw new StoreRefused(`${path} has ${found.nlink} names (hard links)${who}: remove the others`);
}

/** The other process that holds a POSIX lock on the file, as far as Linux tells. */
function lockHolder({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string | undefined {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  const hex = (part: bigint) => part.toString(16).padStart(2, "0");
  const place = `${hex(major)}:${hex(minor)}:${ino}`;
  try {
    const lines = readFileSync("/proc/locks", "utf8").split("\n");
    const fields = lines.map((line) => line.trim().split(/\s+/)).find((words) => words[5] === place);
    return fields?.[4] === `${pid}` ? undefined : fields?.[4];
  } catch {
    return undefined;
  }
}
