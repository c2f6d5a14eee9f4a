import { Agent } from "node:http";
import type { Transport } from "@connectrpc/connect";
import {
  compressionBrotli,
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";

/** A transport with its own connections. */
export interface ClientConnection {
  readonly transport: Transport;
  /** Drops all its connections, like a client that crashes. */
  cut(): void;
}

export type MakeConnection = (baseUrl: string) => ClientConnection;

/** The two that differ most inside the server, and that most clients use. */
export const connections = {
  "Connect, HTTP/1.1": (baseUrl: string): ClientConnection => {
    const agent = new Agent({ keepAlive: true });
    const transport = createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions: { agent } });
    return { transport, cut: () => agent.destroy() };
  },
  "gRPC, h2c": (baseUrl: string): ClientConnection => {
    const sessionManager = new Http2SessionManager(baseUrl);
    return {
      transport: createGrpcTransport({ baseUrl, sessionManager }),
      cut: () => sessionManager.abort(),
    };
  },
} satisfies Record<string, MakeConnection>;

/** Every protocol of unary calls. */
export const protocols: Record<string, (baseUrl: string) => Transport> = {
  "Connect JSON, HTTP/1.1": (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false }),
  "Connect binary, HTTP/1.1": (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: true }),
  "Connect JSON, h2c": (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: false }),
  "Connect binary, h2c": (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true }),
  "Connect GET, HTTP/1.1": (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", useHttpGet: true }),
  "Connect GET, h2c": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", useHttpGet: true }),
  "gRPC, h2c": (baseUrl) => createGrpcTransport({ baseUrl }),
  "gRPC JSON, h2c": (baseUrl) => createGrpcTransport({ baseUrl, useBinaryFormat: false }),
  "gRPC-Web, HTTP/1.1": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
  "gRPC-Web, h2c": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "2" }),
};

export interface Cell {
  readonly name: string;
  transport(baseUrl: string): Transport;
}

interface Common {
  readonly baseUrl: string;
  readonly useBinaryFormat: boolean;
  readonly acceptCompression: (typeof compressionGzip)[];
}

const streaming = {
  "Connect over HTTP/1.1": (options: Common) => createConnectTransport({ ...options, httpVersion: "1.1" }),
  "Connect over HTTP/2": (options: Common) => createConnectTransport({ ...options, httpVersion: "2" }),
  gRPC: (options: Common) => createGrpcTransport(options),
  "gRPC-Web over HTTP/1.1": (options: Common) => createGrpcWebTransport({ ...options, httpVersion: "1.1" }),
  "gRPC-Web over HTTP/2": (options: Common) => createGrpcWebTransport({ ...options, httpVersion: "2" }),
};
const compressions = { identity: [], gzip: [compressionGzip], br: [compressionBrotli] };

/** Every combination for feeds: protocol and HTTP version, codec, compression. */
export const cells: Cell[] = Object.entries(streaming).flatMap(([protocol, create]) =>
  ["binary", "JSON"].flatMap((codec) =>
    Object.entries(compressions).map(([compression, acceptCompression]) => ({
      name: `${protocol}, ${codec}, ${compression}`,
      transport: (baseUrl: string) =>
        create({ baseUrl, useBinaryFormat: codec === "binary", acceptCompression }),
    })),
  ),
);
