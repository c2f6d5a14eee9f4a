import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { watchSession } from "./ping.js";
import { sniff } from "./sniff.js";
import { DEFAULT_TIMEOUTS, type PortTimeouts } from "./timeouts.js";

/** Streams that one HTTP/2 session may have open; Node's default is no limit. */
const MAX_CONCURRENT_STREAMS = 100;
/** How often a closing port closes HTTP/1.1 connections that have become idle. */
const IDLE_SWEEP_MS = 50;
/** How often Node checks for overdue requests; its default, 30 s, would extend the limits by that. */
const OVERDUE_SWEEP_MS = 1_000;

export type PortRequest = IncomingMessage | Http2ServerRequest;
export type PortResponse = ServerResponse | Http2ServerResponse;

/** Serves requests of both HTTP versions. Must not throw. */
export type PortHandler = (request: PortRequest, response: PortResponse) => void;

export interface PortOptions {
  /** Address or host name to listen on. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly handler: PortHandler;
  readonly timeouts?: Partial<PortTimeouts>;
  /** Receives errors after listening has begun, such as no file descriptor left to accept with. */
  readonly onError?: (error: Error) => void;
}

export interface CloseOptions {
  /** After so long, what is still open is cut. */
  readonly limitMs: number;
  /** Called once, when no new work can arrive any more: end the open streams now, gracefully. */
  endStreams(): void;
}

export interface Port {
  /** Resolves with the address that was bound, rejects with Node's error (EADDRINUSE, EACCES, ENOTFOUND ...). */
  listen(): Promise<{ host: string; port: number }>;
  /**
   * Stops listening, lets requests in flight finish, and resolves when every socket is closed, soon after the limit at
   * the latest. A second call waits for the first.
   */
  close(options: CloseOptions): Promise<void>;
  /** Open connections, of either version or still undecided. */
  connections(): number;
}

/**
 * One cleartext port for HTTP/1.1 and HTTP/2 with prior knowledge (RFC 9113, section 3.3). The HTTP/1.1 server listens,
 * because only a listening one enforces its timeouts; the HTTP/2 server never does and is handed its sockets.
 */
export function createPort({ host, port, handler, timeouts, onError }: PortOptions): Port {
  const limits: PortTimeouts = { ...DEFAULT_TIMEOUTS, ...timeouts };
  const sockets = new Set<Socket>();
  const undecided = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  let listening: Promise<unknown> | undefined;
  let closed: Promise<void> | undefined;

  const http2 = createHttp2Server({ settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS } }, handler);
  const http1 = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: Math.min(OVERDUE_SWEEP_MS, limits.headersMs),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: limits.pingIntervalMs,
    },
    handler,
  );
  const [serveHttp1] = http1.listeners("connection");
  http1.removeAllListeners("connection");
  http1.on("connection", accept);
  http1.on("error", (error) => {
    // Before it listens, listen() rejects with the error.
    if (http1.listening) onError?.(error);
  });

  function accept(socket: Socket): void {
    sockets.add(socket);
    undecided.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      undecided.delete(socket);
    });
    sniff(socket, limits.sniffMs, (protocol) => {
      undecided.delete(socket);
      if (protocol === "http1") serveHttp1?.call(http1, socket);
      else serveHttp2(socket);
    });
  }

  function serveHttp2(socket: Socket): void {
    // As http.Server makes them, sockets stay open after a FIN, and a client that died would never be noticed.
    socket.allowHalfOpen = false;
    http2.once("session", (session) => {
      sessions.add(session);
      session.once("close", () => sessions.delete(session));
      watchSession(session, { intervalMs: limits.pingIntervalMs, limitMs: limits.pingLimitMs }, () => {
        // A session that is closing only sends FIN when destroyed, which a vanished peer never acknowledges.
        session.destroy();
        socket.destroy();
      });
    });
    http2.emit("connection", socket);
  }

  async function listen(): Promise<{ host: string; port: number }> {
    http1.listen({ host, port });
    listening = once(http1, "listening");
    await listening;
    const bound = http1.address() as AddressInfo;
    return { host: bound.address, port: bound.port };
  }

  async function shutDown({ limitMs, endStreams }: CloseOptions): Promise<void> {
    await listening?.catch(() => undefined);
    const done = new Promise<void>((resolve) => http1.close(() => resolve()));
    for (const socket of undecided) socket.destroy();
    for (const session of sessions) session.close();
    endStreams();
    // A kept-alive connection that was busy until now would be served on and on.
    const sweep = setInterval(() => http1.closeIdleConnections(), IDLE_SWEEP_MS);
    const limit = setTimeout(() => {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
    }, limitMs);
    await done;
    // The server counts a socket out a moment before it is closed.
    for (const socket of sockets) await new Promise((resolve) => socket.once("close", resolve));
    clearInterval(sweep);
    clearTimeout(limit);
  }

  return {
    listen,
    close: (options) => {
      closed ??= shutDown(options);
      return closed;
    },
    connections: () => sockets.size,
  };
}
