// What every response must be, whatever the call was.
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { fromBinary, fromJsonString } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { codeFromString } from "@connectrpc/connect/protocol-connect";
import { envelopes } from "../../support/raw-call.js";
import type { FuzzProtocol, Method } from "./protocols.js";

export interface Response {
  readonly status: number;
  /** Of the head and, after them, of the trailers. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** The sender gave up a feed that went on. */
  readonly cut: boolean;
}

/** Codes that blame the server: nothing that a caller sends is its fault, and the store of a fuzzed one is well. */
const FAULTS = [Code.Unknown, Code.Internal, Code.Unavailable, Code.DataLoss];
/** Connect's mapping: https://connectrpc.com/docs/protocol/#error-codes. */
const ALLOWED_5XX: Readonly<Record<number, Code>> = { 501: Code.Unimplemented, 504: Code.DeadlineExceeded };

/**
 * Callers' faults for which the specification asks for INTERNAL:
 * https://github.com/grpc/grpc/blob/master/doc/compression.md#test-cases
 */
const SPECIFIED_INTERNAL = ["received compressed envelope, but do not know how to decompress"];

/** What is wrong with a response; undefined if nothing is. */
export function judge(method: Method, protocol: FuzzProtocol, response: Response): string | undefined {
  try {
    const refusal = readers[protocol.kind](response, method, protocol);
    const { code, message = "" } = refusal ?? {};
    if (code !== undefined && FAULTS.includes(code) && !SPECIFIED_INTERNAL.includes(message))
      return `it blames the server: ${Code[code]}, ${message}`;
    if (response.status >= 500 && ALLOWED_5XX[response.status] !== code) return `status ${response.status}`;
    return undefined;
  } catch (error) {
    return `it is not well-formed: ${String(error)}`;
  }
}

interface Refusal {
  readonly code: Code;
  readonly message: string;
}

/** Returns a refusal, if it is one, and throws if the response is none of its protocol. */
type Reader = (response: Response, method: Method, protocol: FuzzProtocol) => Refusal | undefined;

const readers: Record<FuzzProtocol["kind"], Reader> = {
  unary: readUnary,
  get: readUnary,
  stream: readStream,
  grpc: ({ status, headers, cut }) => {
    expectStatus(status, 200);
    expectType(headers, "application/grpc");
    if (cut) return undefined;
    return grpcRefusal(headers);
  },
  "grpc-web": ({ status, headers, body, cut }) => {
    expectStatus(status, 200);
    expectType(headers, "application/grpc-web");
    // A refusal may be in the head alone.
    if (headers["grpc-status"] !== undefined) return grpcRefusal(headers);
    const last = [...envelopes(body)].at(-1);
    if (cut) return undefined;
    if (!last || (last.flags & 0x80) === 0) throw new Error("no trailers");
    const lines = last.message.toString("latin1").trim().split("\r\n");
    return grpcRefusal(
      Object.fromEntries(
        lines.map((line) => {
          const colon = line.indexOf(":");
          return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
        }),
      ),
    );
  },
};

function readUnary(
  response: Response,
  { output }: Method,
  { codec, kind }: FuzzProtocol,
): Refusal | undefined {
  const { status, headers } = response;
  const body = inflate(response);
  // A query without a protocol, or in an encoding that there is not, is none of Connect's.
  if (kind === "get" && status === 415) return undefined;
  if (status === 200) {
    expectType(headers, `application/${codec}`);
    if (codec === "json") fromJsonString(output, body.toString());
    else fromBinary(output, body);
    return undefined;
  }
  expectType(headers, "application/json");
  return connectRefusal(JSON.parse(body.toString()));
}

function readStream({ status, headers, body, cut }: Response): Refusal | undefined {
  expectStatus(status, 200);
  expectType(headers, "application/connect+");
  const last = [...envelopes(body)].at(-1);
  if (cut) return undefined;
  if (!last || (last.flags & 0x02) === 0) throw new Error("no end of the stream");
  const data = last.flags & 0x01 ? gunzipSync(last.message) : last.message;
  const { error } = JSON.parse(data.toString()) as { error?: unknown };
  return error === undefined ? undefined : connectRefusal(error);
}

function connectRefusal(error: unknown): Refusal {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const known = typeof code === "string" ? codeFromString(code) : undefined;
  if (known === undefined) throw new Error(`no code: ${JSON.stringify(error)}`);
  return { code: known, message: textOf(message) };
}

function grpcRefusal(headers: Response["headers"]): Refusal | undefined {
  const { "grpc-status": status = "", "grpc-message": message } = headers;
  if (!/^\d+$/.test(status) || Number(status) > 16) throw new Error(`grpc-status ${JSON.stringify(status)}`);
  if (status === "0") return undefined;
  return { code: Number(status), message: textOf(decodeURIComponent(message ?? "")) };
}

function inflate({ headers, body }: Response): Buffer {
  const encoding = headers["content-encoding"];
  if (encoding === "gzip") return gunzipSync(body);
  return encoding === "br" ? brotliDecompressSync(body) : body;
}

function expectStatus(status: number, expected: number): void {
  if (status !== expected) throw new Error(`status ${status}`);
}

function expectType(headers: Response["headers"], prefix: string): void {
  if (!headers["content-type"]?.startsWith(prefix))
    throw new Error(`content-type ${headers["content-type"]}`);
}

function textOf(message: unknown): string {
  if (typeof message !== "string" || message === "" || !message.isWellFormed())
    throw new Error(`message ${JSON.stringify(message)}`);
  return message;
}
