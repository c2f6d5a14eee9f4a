import { readFileSync, unwatchFile, watchFile } from "node:fs";
import { createSecureContext } from "node:tls";

/** Files in PEM: the certificate with its chain, and its private key. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export interface TlsPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** The files cannot be used; the message is one line for the operator. */
export class TlsError extends Error {
  static {
    TlsError.prototype.name = "TlsError";
  }
}

/** Between two looks at the files; a look costs two calls of stat. */
const LOOK_EVERY_MS = 2_000;

/** Reads both files and makes sure that they belong together. Throws TlsError. */
export function readTlsPair({ cert, key }: TlsFiles): TlsPair {
  const pair = { cert: readPem(cert, "certificate"), key: readPem(key, "private key") };
  try {
    createSecureContext(pair);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === "ERR_OSSL_X509_KEY_VALUES_MISMATCH" || code === "ERR_OSSL_X509_KEY_TYPE_MISMATCH"
        ? "the private key is not that of the certificate"
        : message.replace(/\s+/g, " ");
    throw new TlsError(`cannot use ${cert} with ${key}: ${reason}`, { cause: error });
  }
  return pair;
}

/** Calls `changed` after one of the files changed, also by a symbolic link that points elsewhere. Returns how to stop. */
export function watchTlsFiles({ cert, key }: TlsFiles, changed: () => void): () => void {
  for (const file of [cert, key]) watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, changed);
  return () => {
    for (const file of [cert, key]) unwatchFile(file, changed);
  };
}

function readPem(path: string, what: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : error;
    throw new TlsError(
      `cannot read the ${what} ${path}: ${reason instanceof Error ? reason.message : reason}`,
      { cause: error },
    );
  }
  if (!bytes.includes("-----BEGIN ")) throw new TlsError(`${path} holds no ${what} in PEM`);
  return bytes;
}
