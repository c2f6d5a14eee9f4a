/**
 * The operator's socket: an HTTP server on a unix socket that its owner alone can open (mode 0600), or on a named pipe.
 * Who can open it needs no token.
 */
import { lstatSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { connect } from "node:net";

/** Bytes of a path that every platform takes (sockaddr_un.sun_path, less the closing 0; macOS has the fewest). */
const MAX_PATH_BYTES = 103;
/** Only the owner of the process may read or write the socket. */
const MASK = 0o177;
/** How long calls under way may take at the end. */
const CLOSE_LIMIT_MS = 1_000;

export interface AdminSocket {
  readonly path: string;
  /** Rejects with Node's error, such as EACCES, or EADDRINUSE if another server listens there. */
  listen(): Promise<void>;
  close(): Promise<void>;
}

export function createAdminSocket(path: string, handler: RequestListener): AdminSocket {
  const server = createServer(handler);
  return {
    path,
    async listen() {
      const isPipe = path.startsWith("\\\\");
      if (!isPipe && Buffer.byteLength(path) > MAX_PATH_BYTES)
        throw new Error(`the path of a socket has at most ${MAX_PATH_BYTES} bytes`);
      if (!isPipe) await removeAbandoned(path);
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject).once("listening", resolve);
        // The file is made before `listen` returns: at no moment may others open it.
        const before = process.umask(MASK);
        try {
          server.listen(path);
        } finally {
          process.umask(before);
        }
      });
    },
    async close() {
      if (!server.listening) return;
      const cut = setTimeout(() => server.closeAllConnections(), CLOSE_LIMIT_MS);
      server.closeIdleConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      clearTimeout(cut);
    },
  };
}

/** A server that was killed leaves its socket behind. What is no socket, or is in use, stays, and listening fails. */
async function removeAbandoned(path: string): Promise<void> {
  const isSocket = lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
  if (isSocket && !(await isServed(path))) rmSync(path, { force: true });
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code !== "ECONNREFUSED"));
  });
}
