import type { Transport } from "@connectrpc/connect";
import {
  compressionBrotli,
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";

export type Protocol = "Connect" | "Connect with JSON" | "gRPC" | "gRPC-Web";

export interface TransportOptions {
  /** Whether responses may be compressed, which takes a busy machine long; true by default. */
  readonly compressed?: boolean;
}

export type TransportTo = (url: string, options?: TransportOptions) => Transport;

const accept = ({ compressed = true }: TransportOptions = {}) => ({
  acceptCompression: compressed ? [compressionGzip, compressionBrotli] : [],
});

/** The protocols that every server supports, each with the HTTP version that its clients typically use. */
export const protocols: Record<Protocol, TransportTo> = {
  Connect: (baseUrl, options) => createConnectTransport({ baseUrl, httpVersion: "1.1", ...accept(options) }),
  "Connect with JSON": (baseUrl, options) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false, ...accept(options) }),
  gRPC: (baseUrl, options) => createGrpcTransport({ baseUrl, ...accept(options) }),
  "gRPC-Web": (baseUrl, options) =>
    createGrpcWebTransport({ baseUrl, httpVersion: "1.1", ...accept(options) }),
};
