import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { StoreRefused } from "../store-refused.js";
import { Database } from "./database.js";
import { applicationId, migrate, refuseNewer } from "./schema.js";

const onlyOwner = 0o600;
/** The SQLite header: https://www.sqlite.org/fileformat.html, section 1.3. */
const headerBytes = 100;
const magic = "SQLite format 3\0";

/** Makes the folder, for its owner alone, if it is not there. */
export function makeFolder(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
}

/**
 * Makes an empty file that only its owner may read, or narrows the one that is there without opening it: closing it
 * again would drop the locks that this process holds on it.
 */
export function makePrivate(path: string): void {
  if (existsSync(path)) chmodSync(path, onlyOwner);
  else closeSync(openSync(path, "wx", onlyOwner));
}

/** Writes the folder's entries to the disk, where the platform can (Windows cannot open a folder). */
export function syncFolder(path: string): void {
  try {
    syncFile(dirname(path));
  } catch (error) {
    if (
      !(error instanceof Error && "code" in error && ["EISDIR", "EPERM", "EACCES"].includes(`${error.code}`))
    )
      throw error;
  }
}

export function syncFile(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Nothing there, or nothing in it. */
export function isAbsent(path: string): boolean {
  return !existsSync(path) || statSync(path).size === 0;
}

/** A new store comes into being whole: it is built aside, and renamed. */
export function createFile(path: string): void {
  const aside = `${path}.new`;
  // Left behind by a deleted store, they would be taken for this one's.
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
 * Reads the header without SQLite, which might recover, and so change, a file that is not ours. Only while this process
 * has no connection to the file: closing it here would drop that connection's POSIX locks.
 */
export function refuseForeign(path: string): void {
  const header = readHeader(path);
  if (header.length < headerBytes || header.toString("latin1", 0, magic.length) !== magic) {
    throw new StoreRefused(`${path} is not a Parlance store: it is no SQLite file`);
  }
  if (header.readUInt32BE(68) !== applicationId) {
    throw new StoreRefused(`${path} is not a Parlance store: it is another program's SQLite file`);
  }
  refuseNewer(path, header.readUInt32BE(60));
  const rawPageSize = header.readUInt16BE(16);
  const pageBytes = rawPageSize === 1 ? 65_536 : rawPageSize;
  const wholeBytes = header.readUInt32BE(28) * pageBytes;
  const { size } = statSync(path);
  // With a write-ahead log beside it the file may rightly be shorter: the rest is still in the log.
  if (size < wholeBytes && isAbsent(`${path}-wal`)) {
    throw new StoreRefused(`${path} is damaged: ${size} of its ${wholeBytes} bytes are there`);
  }
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
