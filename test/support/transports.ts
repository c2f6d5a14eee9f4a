import { Agent } from "node:http";
import type { Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";

/** A transport with connections of its own. */
export interface Line {
  readonly transport: Transport;
  /** Drops all its connections, as a client does that dies. */
  cut(): void;
}

export type MakeLine = (baseUrl: string) => Line;

/** The two that take the most different ways through the server, and that most clients use. */
export const lines = {
  "Connect, HTTP/1.1": (baseUrl: string): Line => {
    const agent = new Agent({ keepAlive: true });
    const transport = createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions: { agent } });
    return { transport, cut: () => agent.destroy() };
  },
  "gRPC, h2c": (baseUrl: string): Line => {
    const sessionManager = new Http2SessionManager(baseUrl);
    return {
      transport: createGrpcTransport({ baseUrl, sessionManager }),
      cut: () => sessionManager.abort(),
    };
  },
} satisfies Record<string, MakeLine>;

/** Every way in which a client can speak. */
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
