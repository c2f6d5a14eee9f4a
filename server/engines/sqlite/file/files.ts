import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { StoreRefused } from "../../store-refused.js";
import { Database } from "../database.js";
import { applicationId, migrate, refuseNewer } from "../schema.js";

const onlyOwner = 0o600;
/** The SQLite header: https://www.sqlite.org/fileformat.html, section 1.3. */
const headerBytes = 100;
const magic = "SQLite format 3\0";

/**
 * Creates an empty file that only its owner may access, or restricts an existing one. That one is not opened, for
 * closing it again would drop the POSIX locks that this process holds on it.
 */
export function makePrivate(path: string): void {
  if (existsSync(path)) chmodSync(path, onlyOwner);
  else closeSync(openSync(path, "wx", onlyOwner));
}

/** Flushes the folder's entries to disk, where the platform can (Windows cannot open a folder). */
function syncFolder(path: string): void {
  try {
    syncFile(dirname(path));
  } catch (error) {
    if (
      !(error instanceof Error && "code" in error && ["EISDIR", "EPERM", "EACCES"].includes(`${error.code}`))
    )
      throw error;
  }
}

function syncFile(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Missing or empty. */
export function isAbsent(path: string): boolean {
  return !existsSync(path) || statSync(path).size === 0;
}

/** Creates a new store under another name and renames it, so that no half-made store is ever at `path`. */
export function createFile(path: string): void {
  const aside = `${path}.new`;
  // SQLite would take what a deleted store left behind for this store's.
  for (const left of [aside, `${aside}-journal`, `${path}-wal`, `${path}-shm`]) rmSync(left, { force: true });
  makePrivate(aside);
  const database = new Database(aside);
  database.exec(`pragma application_id = ${applicationId}`);
  migrate(database, path);
  database.close();
  syncFile(aside);
  renameSync(aside, path);
  syncFolder(path);
}

/**
 * Creates a file that only its owner may access, complete or not at all: `write` is given an empty one under another
 * name. Throws StoreRefused if something is at `target`, or if its folder does not exist.
 */
export function createWhole<T>(target: string, write: (aside: string) => T): T {
  if (existsSync(target)) throw new StoreRefused(`${target} already exists`);
  if (!existsSync(dirname(target))) throw new StoreRefused(`the folder ${dirname(target)} does not exist`);
  const aside = `${target}.partial`;
  rmSync(aside, { force: true });
  makePrivate(aside);
  try {
    const result = write(aside);
    syncFile(aside);
    renameSync(aside, target);
    syncFolder(target);
    return result;
  } finally {
    for (const left of [aside, `${aside}-journal`]) rmSync(left, { force: true });
  }
}

/**
 * Throws StoreRefused if the file's header is not a store's. Reads it without SQLite, which might recover, and thereby
 * change, a file that is not ours. Call it only while this process has no connection to the file: closing the file here
 * would drop that connection's POSIX locks.
 */
export function refuseForeign(path: string): void {
  const header = readHeader(path);
  if (header.length < headerBytes || header.toString("latin1", 0, magic.length) !== magic) {
    throw new StoreRefused(`${path} is not a Parlance store: it is not a SQLite file`);
  }
  if (header.readUInt32BE(68) !== applicationId) {
    throw new StoreRefused(`${path} is not a Parlance store: it is another program's SQLite file`);
  }
  refuseNewer(path, header.readUInt32BE(60));
  const whole = sizeIn(header);
  const { size } = statSync(path);
  // With a write-ahead log beside it the file may be shorter: the rest is still in the log.
  if (size < whole && isAbsent(`${path}-wal`)) {
    throw new StoreRefused(`${path} is damaged: it has ${size} of its ${whole} bytes`);
  }
}

/** Size of the file by its header, in bytes; 0 if it has none. */
export function wholeBytes(path: string): number {
  const header = readHeader(path);
  return header.length < headerBytes ? 0 : sizeIn(header);
}

function sizeIn(header: Buffer): number {
  const pageBytes = header.readUInt16BE(16);
  return header.readUInt32BE(28) * (pageBytes === 1 ? 65_536 : pageBytes);
}

function readHeader(path: string): Buffer {
  const file = openSync(path, "r");
  try {
    const header = Buffer.alloc(headerBytes);
    return header.subarray(0, readSync(file, header, 0, headerBytes, 0));
  } finally {
    closeSync(file);
  }
}
