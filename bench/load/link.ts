import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Endpoint } from "../job.js";
import type { DialectName } from "./dialects/index.js";

/** Shared by all sockets: a chunk is consumed before the next read. */
const shared = Buffer.allocUnsafeSlow(256 * 1024);

/** Receives the first `length` bytes of `bytes`, which are overwritten after the call. */
export type Reader = (bytes: Buffer, length: number) => void;

/** One raw connection, of TCP or TLS. */
export interface Link {
  write(bytes: Uint8Array | string): void;
  /**
   * Waits, keeping all bytes since the last wait, until `test` returns a value; resolves with that. Rejects when the
   * peer ends first or `timeoutMs` passes.
   */
  until<T>(test: (seen: Buffer) => T | undefined, timeoutMs?: number): Promise<T>;
  /** Passes every later chunk to `reader`. */
  read(reader: Reader): void;
  pause(): void;
  resume(): void;
  /** Whether the peer has ended or broken the connection. A paused link does not notice. */
  readonly ended: boolean;
  /** Calls back once, when the connection is closed. */
  onEnd(callback: () => void): void;
  /** Closes at once. In cleartext with a reset: no local port is left in TIME_WAIT. */
  drop(): void;
}

const defaultTimeoutMs = 60_000;

/**
 * Opens a connection; rejects when it is refused, or when the server has another certificate. `localAddress`: where it
 * comes from.
 */
export async function openLink(
  { host, port, ca }: Endpoint,
  dialect: DialectName,
  localAddress?: string,
): Promise<Link> {
  let reader: Reader = () => {};
  let ended = false;
  const endings = new Set<() => void>();
  const options = {
    host,
    port,
    noDelay: true,
    ...(localAddress !== undefined && { localAddress }),
    onread: {
      buffer: shared,
      callback(length: number, bytes: Uint8Array) {
        reader(bytes as Buffer, length);
        return true;
      },
    },
  };
  const alpn = dialect === "grpcH2" ? "h2" : "http/1.1";
  const socket: Socket =
    ca === undefined ? connect(options) : connectTls({ ...options, ca, ALPNProtocols: [alpn] });
  function end(): void {
    if (ended) return;
    ended = true;
    for (const callback of endings) callback();
    endings.clear();
  }
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once(ca === undefined ? "connect" : "secureConnect", () => {
      socket.off("error", reject);
      resolve();
    });
  });
  socket.on("error", end);
  socket.on("end", end);
  socket.on("close", end);

  function until<T>(test: (seen: Buffer) => T | undefined, timeoutMs = defaultTimeoutMs): Promise<T> {
    let seen = Buffer.alloc(0);
    return new Promise<T>((resolve, reject) => {
      const fail = (why: string) => {
        stop();
        reject(new Error(`${why} after ${JSON.stringify(seen.toString("latin1").slice(0, 300))}`));
      };
      const timer = setTimeout(() => fail("the server did not send what was expected"), timeoutMs);
      const gone = () => fail("the server ended the connection");
      function stop(): void {
        clearTimeout(timer);
        endings.delete(gone);
        reader = () => {};
      }
      if (ended) return gone();
      endings.add(gone);
      reader = (bytes, length) => {
        seen = Buffer.concat([seen, bytes.subarray(0, length)]);
        const found = test(seen);
        if (found === undefined) return;
        stop();
        resolve(found);
      };
    });
  }

  return {
    write: (bytes) => void socket.write(bytes),
    until,
    read(next) {
      reader = next;
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    get ended() {
      return ended;
    },
    onEnd(callback) {
      if (ended) callback();
      else endings.add(callback);
    },
    // A TLS socket cannot be reset.
    drop: () => void (ca === undefined ? socket.resetAndDestroy() : socket.destroy()),
  };
}
