import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { AddressBlocks, type Origin, originOf, peerOf, plainAddress, setOrigin } from "./addresses.js";
import { DeadPeers } from "./dead-peers.js";
import { Sessions } from "./http2/sessions.js";
import { Turns } from "./http2/turns.js";
import { defaultLimits, type PortLimits } from "./limits.js";
import { isLingering, oldestLingering } from "./linger.js";
import { onFault, Peers } from "./peers.js";
import { Refusals, type ReportRefusal } from "./refusals.js";
import { awaitBytes, type Beginning, type Protocol, sniff } from "./sniff.js";
import { DEFAULT_TIMEOUTS, type PortTimeouts } from "./timeouts.js";
import type { TlsPair } from "./tls.js";

/**
 * Connections that the kernel may hold until they are accepted. With Node's default, 511, the clients that return together
 * after a restart overflow the queue, and each that does not fit waits a second or more for its next SYN. Linux caps it by
 * net.core.somaxconn, which is 4,096 by default, too.
 */
const LISTEN_BACKLOG = 4_096;
/** How often a closing port closes HTTP/1.1 connections that have become idle. */
const IDLE_SWEEP_MS = 50;
/** How often overdue requests are looked for; Node's default, 30 s, would extend the limits by that. */
const OVERDUE_SWEEP_MS = 1_000;
/** Where no connection is idle, none is looked for in this time: a flood must not make the port look at all of them. */
const ALL_BUSY_MS = 100;
/** Resets of a session of a trusted proxy, as Node counts them: no limit, for they are of many people. */
const PROXY_RESETS = 1_000_000_000;
/** A session begins with SETTINGS and whatever came along: up to a millisecond of work. */
const SESSIONS_PER_ROUND = 4;
/** So many looks at the kernel's table within the time after which a silent peer counts as gone. */
const LOOKS_FOR_DEAD_PEERS = 4;

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
  readonly limits?: Partial<PortLimits>;
  /** Serves TLS instead of cleartext. */
  readonly tls?: TlsPair;
  /** Addresses and CIDR blocks of proxies that may name the peer they speak for: by PROXY header, or in each request. */
  readonly trustedProxies?: readonly string[];
  /** Receives errors after listening has begun, such as no file descriptor left to accept with. */
  readonly onError?: (error: Error) => void;
  /** Receives whom the port turned away: the first of each kind at once, and then a sum each minute. */
  readonly onRefusal?: ReportRefusal;
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
  /** From here on, handshakes use this pair; connections that are open stay as they are. */
  setTls(pair: TlsPair): void;
}

/**
 * One port for HTTP/1.1 and HTTP/2, in cleartext by prior knowledge (RFC 9113, section 3.3), in TLS by ALPN. The HTTP/1.1
 * server listens, because only a listening one enforces its timeouts; the HTTP/2 server never does and is handed its
 * sockets. The limits of both are in limits.ts and timeouts.ts.
 *
 * Before all that, a connection of a trusted proxy may begin with a PROXY header (proxy-header.ts). Whom it names is the
 * peer of the connection from there on, for every limit and in every report; see remoteAddressOf.
 */
export function createPort(options: PortOptions): Port {
  const { host, port, handler, tls, onError } = options;
  const timeouts: PortTimeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const limits: PortLimits = { ...defaultLimits(), ...options.limits };
  const refusals = new Refusals(options.onRefusal);
  const sockets = new Set<Socket>();
  /** No HTTP yet: they are read for their first bytes, or shake hands. */
  const undecided = new Set<Socket>();
  /** Their handshake is done, and they wait for their first request. */
  const unused = new Set<TLSSocket>();
  const peers = new Peers(limits.peerFaultBurst, limits.peerFaultsPerSecond);
  const proxies = new AddressBlocks(options.trustedProxies ?? []);
  const sessions = new Sessions(limits, timeouts, peers, refusals, proxies);
  const turns = new Turns(SESSIONS_PER_ROUND);
  const deadPeers = new DeadPeers(timeouts.silentMs);
  let allBusyUntilMs = 0;
  let listening: Promise<unknown> | undefined;
  let closed: Promise<void> | undefined;

  // The sessions count resets as well, and end what Node would only refuse further streams. But within one packet, only
  // Node can stop; one more than they permit, so that they see it.
  const serveHttp2 = openHttp2(limits.resetBurst + 1, limits.resetsPerSecond);
  const serveHttp2OfProxy = openHttp2(PROXY_RESETS, PROXY_RESETS);

  function openHttp2(streamResetBurst: number, streamResetRate: number): (socket: Socket) => void {
    const server = createHttp2Server(
      {
        settings: { maxConcurrentStreams: limits.maxStreams, maxHeaderListSize: limits.maxHeaderBytes },
        maxHeaderListPairs: limits.maxHeaderFields,
        streamResetBurst,
        streamResetRate,
      },
      handler,
    );
    const [serveStream] = server.listeners("stream");
    server.removeAllListeners("stream");
    return (socket) => {
      // As http.Server makes them, sockets stay open after a FIN, and a client that died would never be noticed.
      socket.allowHalfOpen = false;
      server.once("session", (session) =>
        sessions.add(session, socket, (...stream) => serveStream?.apply(server, stream)),
      );
      server.emit("connection", socket);
    };
  }

  const http1Options = {
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    connectionsCheckingInterval: Math.min(OVERDUE_SWEEP_MS, timeouts.headersMs),
    maxHeaderSize: limits.maxHeaderBytes,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: timeouts.pingIntervalMs,
  };
  const http1 = tls
    ? createHttpsServer(
        {
          ...http1Options,
          ...secureContext(tls),
          ALPNProtocols: ["h2", "http/1.1"],
          handshakeTimeout: timeouts.handshakeMs,
        },
        serveRequest,
      )
    : createServer(http1Options, serveRequest);
  http1.maxHeadersCount = limits.maxHeaderFields;
  // With TLS, a connection is one when its handshake is done; "connection" begins the handshake.
  const connected = tls ? "secureConnection" : "connection";
  const [serveHttp1] = http1.listeners(connected);
  const [beginHandshake] = tls ? http1.listeners("connection") : [];
  http1.removeAllListeners(connected);
  http1.removeAllListeners("connection");
  http1.on("connection", (socket: Socket) => {
    if (admit(socket)) begin(socket);
  });
  if (tls) http1.on("secureConnection", serveTls);
  http1.on("error", (error) => {
    // Before it listens, listen() rejects with the error.
    if (http1.listening) onError?.(error);
  });

  /** Of HTTP/1.1. */
  function serveRequest(request: IncomingMessage, response: ServerResponse): void {
    if (isLingering(request.socket)) request.resume();
    else handler(request, response);
  }

  function admit(socket: Socket): boolean {
    if (sockets.size >= limits.maxConnections) {
      const dropped = dropIdle();
      refusals.add("connections", dropped ?? peerOf(socket.remoteAddress));
      if (dropped === undefined) {
        socket.destroy();
        return false;
      }
    }
    const address = addressOf(socket);
    if (!proxies.has(address) && isExhausted(socket, peerOf(address))) return false;
    sockets.add(socket);
    undecided.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      undecided.delete(socket);
    });
    return true;
  }

  /** Closes the connection of a peer that had too many faults. */
  function isExhausted(socket: Socket, peer: string): boolean {
    if (!peers.isExhausted(peer)) return false;
    refusals.add("faults", peer);
    socket.destroy();
    return true;
  }

  function begin(socket: Socket): void {
    const { sniffMs, handshakeMs, keepAliveMs } = timeouts;
    const undecidedMs = tls ? Math.min(sniffMs, handshakeMs) : sniffMs;
    const idleMs = tls ? undecidedMs : keepAliveMs;
    const trusted = proxies.has(addressOf(socket));
    sniff(socket, { tls: tls !== undefined, trusted, idleMs, undecidedMs }, (beginning) => {
      const protocol = identify(socket, beginning);
      if (protocol === "tls") beginHandshake?.call(http1, socket);
      else if (protocol) serve(protocol, socket);
    });
  }

  /** Notes who is at the other end. Returns undefined if that one is refused, and its connection closed. */
  function identify(socket: Socket, beginning: Beginning): Protocol | undefined {
    const own = addressOf(socket);
    if (beginning.protocol === "none") {
      refusals.add(beginning.refused, peerOf(own));
      socket.destroy();
      return undefined;
    }
    const { header, protocol } = beginning;
    const address = (header.kind === "present" ? header.address : undefined) ?? own;
    const origin = { address, peer: peerOf(address), isProxy: proxies.has(address) };
    if (address !== own && !origin.isProxy && isExhausted(socket, origin.peer)) return undefined;
    keep(socket, origin);
    return protocol;
  }

  function keep(socket: Socket, origin: Origin): void {
    setOrigin(socket, origin);
    const { peer, isProxy } = origin;
    onFault(socket, () => isProxy || (peers.fault(peer) && !peers.isSuspect(peer)));
  }

  function serveTls(socket: TLSSocket): void {
    for (const raw of undecided)
      if (isSame(raw, socket)) {
        undecided.delete(raw);
        const origin = originOf(raw);
        if (origin) keep(socket, origin);
      }
    if (socket.alpnProtocol === "h2") serve("http2", socket);
    else awaitRequest(socket);
  }

  function awaitRequest(socket: TLSSocket): void {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
    awaitBytes(socket, timeouts.keepAliveMs, () => {
      unused.delete(socket);
      serve("http1", socket);
      readThroughStream(socket);
    });
  }

  function serve(protocol: Protocol, socket: Socket): void {
    if (protocol === "http2") {
      serveInTurn(socket);
      return;
    }
    undecided.delete(socket);
    serveHttp1?.call(http1, socket);
  }

  function serveInTurn(socket: Socket): void {
    const origin = originOf(socket);
    // It waits without a reader; what happens to it meanwhile must not end the process.
    socket.on("error", ignore);
    turns.add(origin?.peer ?? "", () => {
      undecided.delete(socket);
      if (socket.destroyed) return;
      if (origin?.isProxy) serveHttp2OfProxy(socket);
      else serveHttp2(socket);
    });
  }

  /** Makes room for a new connection by closing an idle one, if there is one; returns the address of its peer. */
  function dropIdle(): string | undefined {
    if (performance.now() < allBusyUntilMs) return undefined;
    const session = sessions.dropIdle({ ofProxies: false });
    if (session !== undefined) return session;
    for (const socket of [oldestLingering(), ...undecided, ...unused]) {
      if (socket === undefined || socket.destroyed) continue;
      const peer = peerOf(socket.remoteAddress);
      socket.destroy();
      return peer;
    }
    // Node closes all of HTTP/1.1 that are idle or none; their clients connect again.
    const before = countOpen();
    http1.closeIdleConnections();
    if (countOpen() < before) return "idle";
    const ofProxy = sessions.dropIdle({ ofProxies: true });
    if (ofProxy !== undefined) return ofProxy;
    allBusyUntilMs = performance.now() + ALL_BUSY_MS;
    return undefined;
  }

  function countOpen(): number {
    let open = 0;
    for (const socket of sockets) if (!socket.destroyed) open++;
    return open;
  }

  function sweep(): void {
    void sessions.sweep();
    peers.sweep();
    refusals.flush();
  }

  async function endDeadPeers(): Promise<void> {
    for (const socket of await deadPeers.find(sockets)) {
      refusals.add("dead_peer", originOf(socket)?.peer ?? peerOf(socket.remoteAddress));
      socket.destroy();
    }
  }

  const sweeping = setInterval(sweep, Math.min(OVERDUE_SWEEP_MS, timeouts.keepAliveMs, timeouts.requestMs));
  const looking = setInterval(() => {
    if (sockets.size > 0) void endDeadPeers();
  }, timeouts.silentMs / LOOKS_FOR_DEAD_PEERS);
  sweeping.unref();
  looking.unref();

  async function listen(): Promise<{ host: string; port: number }> {
    http1.listen({ host, port, backlog: LISTEN_BACKLOG });
    listening = once(http1, "listening");
    await listening;
    const bound = http1.address() as AddressInfo;
    return { host: bound.address, port: bound.port };
  }

  async function shutDown({ limitMs, endStreams }: CloseOptions): Promise<void> {
    await listening?.catch(() => undefined);
    const done = new Promise<void>((resolve) => http1.close(() => resolve()));
    for (const socket of [...undecided, ...unused]) socket.destroy();
    for (const session of sessions) session.close();
    endStreams();
    // A kept-alive connection that was busy until now would be served on and on.
    const idle = setInterval(() => http1.closeIdleConnections(), IDLE_SWEEP_MS);
    const limit = setTimeout(() => {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
    }, limitMs);
    await done;
    // The server counts a socket out a moment before it is closed.
    for (const socket of sockets) await new Promise((resolve) => socket.once("close", resolve));
    clearInterval(idle);
    clearInterval(sweeping);
    clearInterval(looking);
    clearTimeout(limit);
  }

  return {
    listen,
    close: (options) => {
      closed ??= shutDown(options);
      return closed;
    },
    connections: () => sockets.size,
    setTls(pair) {
      if ("setSecureContext" in http1) http1.setSecureContext(secureContext(pair));
    },
  };
}

/**
 * Node pauses the parser of a connection where a response waits to be written. Where the parser is fed by TLS without the
 * stream in between, what was in the same packet still reaches it, and a paused parser ends the connection (HPE_PAUSED).
 * With a listener of its own, the stream is in between, and holds it back.
 */
function readThroughStream(socket: TLSSocket): void {
  socket.on("data", ignore);
}

function ignore(): void {}

const addressOf = (socket: Socket): string => plainAddress(socket.remoteAddress ?? "");

/** A TLS socket does not expose the one that it wraps. */
function isSame(raw: Socket, wrapped: Socket): boolean {
  return raw.remotePort === wrapped.remotePort && raw.remoteAddress === wrapped.remoteAddress;
}

function secureContext({ cert, key }: TlsPair) {
  return { cert, key, minVersion: "TLSv1.2" as const };
}
