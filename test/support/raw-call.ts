// Calls whose bytes a client library would not send: any body, any headers, over every protocol.
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:http2";
import { buffer } from "node:stream/consumers";
import type { Code } from "@connectrpc/connect";
import { codeFromString } from "@connectrpc/connect/protocol-connect";

export interface RawCall {
  readonly rpc: string;
  readonly body: Uint8Array;
  readonly headers?: Record<string, string>;
}

export interface RawAnswer {
  readonly status: number;
  /** Undefined for success. */
  readonly code: Code | undefined;
  readonly message: string;
  /** Headers and trailers. */
  readonly headers: Record<string, unknown>;
}

/** How a unary call looks on the wire. */
export interface RawProtocol {
  /** `json` or `proto`. */
  readonly codec: string;
  /** The header that names the compression of the body. */
  readonly encodingHeader: string;
  readonly timeoutHeader: string;
  call(baseUrl: string, call: RawCall): Promise<RawAnswer>;
}

const PREFIX_BYTES = 5;

/** One message in its envelope. */
export function envelope(message: Uint8Array, flags = 0): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix[0] = flags;
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** The envelopes in the bytes of a stream; a last one that is cut off is left out. */
export function* envelopes(bytes: Buffer): Generator<{ flags: number; message: Buffer }> {
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    if (end > bytes.length) return;
    yield { flags: bytes[at]!, message: bytes.subarray(at + 5, end) };
    at = end;
  }
}

function connectUnary(version: 1 | 2, codec: string): RawProtocol {
  return {
    codec,
    encodingHeader: "content-encoding",
    timeoutHeader: "connect-timeout-ms",
    async call(baseUrl, { rpc, body, headers }) {
      const answer = await post(version, baseUrl, rpc, body, {
        "content-type": `application/${codec}`,
        ...headers,
      });
      if (answer.status === 200) return { ...answer, code: undefined, message: "" };
      const error = JSON.parse(answer.body.toString()) as { code: string; message: string };
      return { ...answer, code: codeFromString(error.code), message: error.message };
    },
  };
}

function grpc(version: 1 | 2, type: string, codec: string): RawProtocol {
  return {
    codec,
    encodingHeader: "grpc-encoding",
    timeoutHeader: "grpc-timeout",
    async call(baseUrl, { rpc, body, headers }) {
      const isCompressed = headers?.["grpc-encoding"] !== undefined;
      const answer = await post(version, baseUrl, rpc, envelope(body, isCompressed ? 1 : 0), {
        "content-type": `${type}+${codec}`,
        te: "trailers",
        ...headers,
      });
      // gRPC-Web puts its trailers into the body.
      const trailers = Object.fromEntries(
        [...answer.body.toString("latin1").matchAll(/(grpc-[\w-]+):\s*([^\r\n]*)/g)].map(([, k, v]) => [
          k,
          v,
        ]),
      );
      const all = { ...answer.headers, ...trailers };
      const status = Number(all["grpc-status"]);
      const message = decodeURIComponent(String(all["grpc-message"] ?? ""));
      return { status: answer.status, headers: all, code: status === 0 ? undefined : status, message };
    },
  };
}

export const rawProtocols: Record<string, RawProtocol> = {
  "Connect JSON, HTTP/1.1": connectUnary(1, "json"),
  "Connect binary, HTTP/1.1": connectUnary(1, "proto"),
  "Connect JSON, HTTP/2": connectUnary(2, "json"),
  "Connect binary, HTTP/2": connectUnary(2, "proto"),
  "gRPC JSON": grpc(2, "application/grpc", "json"),
  "gRPC binary": grpc(2, "application/grpc", "proto"),
  "gRPC-Web JSON, HTTP/1.1": grpc(1, "application/grpc-web", "json"),
  "gRPC-Web binary, HTTP/1.1": grpc(1, "application/grpc-web", "proto"),
  "gRPC-Web binary, HTTP/2": grpc(2, "application/grpc-web", "proto"),
};

interface Posted {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: Buffer;
}

async function post(
  version: 1 | 2,
  baseUrl: string,
  rpc: string,
  body: Uint8Array,
  headers: Record<string, string>,
): Promise<Posted> {
  const path = rpc.startsWith("/") ? rpc : `/parlance.v1.ChatService/${rpc}`;
  if (version === 1) {
    const request = httpRequest(`${baseUrl}${path}`, { method: "POST", headers });
    request.end(body);
    const [response] = await once(request, "response");
    const read = await buffer(response);
    return {
      status: response.statusCode,
      headers: { ...response.headers, ...response.trailers },
      body: read,
    };
  }
  const session = connect(baseUrl);
  try {
    const stream = session.request({ ":method": "POST", ":path": path, ...headers });
    let trailers = {};
    stream.on("trailers", (received) => {
      trailers = received;
    });
    stream.end(body);
    const [received] = await once(stream, "response");
    const read = await buffer(stream);
    return { status: received[":status"], headers: { ...received, ...trailers }, body: read };
  } finally {
    session.destroy();
  }
}
