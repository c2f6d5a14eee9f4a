import type { Transport } from "@connectrpc/connect";
import {
  compressionBrotli,
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";

export interface Cell {
  readonly name: string;
  transport(baseUrl: string): Transport;
}

const protocols = {
  "Connect over HTTP/1.1": (options: Common) => createConnectTransport({ ...options, httpVersion: "1.1" }),
  "Connect over HTTP/2": (options: Common) => createConnectTransport({ ...options, httpVersion: "2" }),
  gRPC: (options: Common) => createGrpcTransport(options),
  "gRPC-Web over HTTP/1.1": (options: Common) => createGrpcWebTransport({ ...options, httpVersion: "1.1" }),
  "gRPC-Web over HTTP/2": (options: Common) => createGrpcWebTransport({ ...options, httpVersion: "2" }),
};

const compressions = { identity: [], gzip: [compressionGzip], br: [compressionBrotli] };

interface Common {
  readonly baseUrl: string;
  readonly useBinaryFormat: boolean;
  readonly acceptCompression: (typeof compressionGzip)[];
}

/** Every way in which a client of Connect's can read a feed. */
export const cells: Cell[] = Object.entries(protocols).flatMap(([protocol, create]) =>
  ["binary", "JSON"].flatMap((codec) =>
    Object.entries(compressions).map(([compression, acceptCompression]) => ({
      name: `${protocol}, ${codec}, ${compression}`,
      transport: (baseUrl: string) =>
        create({ baseUrl, useBinaryFormat: codec === "binary", acceptCompression }),
    })),
  ),
);

/** One of each protocol and version. */
export const plainCells = cells.filter(({ name }) => name.endsWith("binary, identity"));
