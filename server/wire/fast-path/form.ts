import type { OutgoingHttpHeaders } from "node:http";
import {
  type DescMessage,
  fromBinary,
  fromJsonString,
  type JsonReadOptions,
  type MessageShape,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import { type Compression, compressionNegotiate, encodeEnvelope } from "@connectrpc/connect/protocol";
import { parseTimeout as parseConnectTimeout } from "@connectrpc/connect/protocol-connect";
import { parseTimeout as parseGrpcTimeout } from "@connectrpc/connect/protocol-grpc";
import type { Encoding } from "../../feed/encoding.js";
import type { PortRequest } from "../../port/port.js";
import type { Rpc } from "../calls.js";
import { acceptCompression, type Codec, compressMinBytes, encodingFor } from "../codec/frames.js";

const connect = { timeout: "connect-timeout-ms", parseTimeout: parseConnectTimeout };
const grpc = { timeout: "grpc-timeout", parseTimeout: parseGrpcTimeout };
/**
 * What the head of a call has by its protocol; the codec follows `type`. Sources: https://connectrpc.com/docs/protocol and
 * gRPC's PROTOCOL-HTTP2.md.
 */
const protocols = {
  unary: { type: "application/", encoding: "content-encoding", accept: "accept-encoding", ...connect },
  stream: {
    type: "application/connect+",
    encoding: "connect-content-encoding",
    accept: "connect-accept-encoding",
    ...connect,
  },
  grpc: { type: "application/grpc+", encoding: "grpc-encoding", accept: "grpc-accept-encoding", ...grpc },
};

const types = new Map<string, { readonly kind: keyof typeof protocols; readonly codec: Codec }>();
for (const kind of ["unary", "stream", "grpc"] as const)
  for (const codec of ["proto", "json"] as const) types.set(protocols[kind].type + codec, { kind, codec });
types.set("application/grpc", { kind: "grpc", codec: "proto" });

const PREFIX_BYTES = 5;
const COMPRESSED = 1;

/** The JSON options that Connect has. */
export interface JsonOptions extends Partial<JsonReadOptions> {
  readonly textDecoder: { decode(bytes: Uint8Array): string };
}

/** How one call is written, as the head of its request says. */
export class Form {
  private constructor(
    readonly kind: keyof typeof protocols,
    private readonly codec: Codec,
    /** Of the response. */
    private readonly compression: Compression | null,
    readonly timeoutMs: number | undefined,
  ) {}

  /** Undefined for a call that is not plain, such as one in gRPC-Web, one that is compressed, or one with a wrong head. */
  static of(rpc: Rpc, { method, url, headers, httpVersionMajor }: PortRequest): Form | undefined {
    const type = types.get(headers["content-type"] ?? "");
    if (!type || method !== "POST" || url !== rpc.requestPath) return undefined;
    const { kind, codec } = type;
    const isUnary = rpc.method.methodKind === "unary";
    const isServed = kind === "grpc" ? httpVersionMajor === 2 : isUnary === (kind === "unary");
    if (!isServed) return undefined;
    const { encoding, accept, timeout, parseTimeout } = protocols[kind];
    if ((headers[encoding] ?? "identity") !== "identity") return undefined;
    if (kind !== "grpc" && (headers["connect-protocol-version"] ?? "1") !== "1") return undefined;
    const field = (name: string) => headers[name]?.toString() ?? null;
    const { timeoutMs, error } = parseTimeout(field(timeout), Number.POSITIVE_INFINITY);
    // Without any time left, Connect decides.
    if (error || timeoutMs === 0) return undefined;
    const { response } = compressionNegotiate(acceptCompression, null, field(accept), accept);
    return new Form(kind, codec, response, timeoutMs);
  }

  /** Of a response without an error. */
  headers(): OutgoingHttpHeaders {
    const { type, encoding } = protocols[this.kind];
    const compression = this.kind === "unary" ? undefined : this.compression?.name;
    return { "content-type": type + this.codec, ...(compression && { [encoding]: compression }) };
  }

  /** The one message of a request; undefined if there is none, more than one, or one that cannot be read. */
  read<I extends DescMessage>(
    desc: I,
    chunks: readonly Uint8Array[],
    maxBytes: number,
    options: JsonOptions,
  ): MessageShape<I> | undefined {
    const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    const bytes = this.kind === "unary" ? body : messageOf(body);
    if (!bytes || bytes.length > maxBytes) return undefined;
    try {
      if (this.codec === "proto") return fromBinary(desc, bytes);
      return fromJsonString(desc, options.textDecoder.decode(bytes), options);
    } catch {
      return undefined;
    }
  }

  /** In which a feed writes to this call. */
  get encoding(): Encoding {
    const encoding = encodingFor(this.codec, this.compression?.name ?? "identity");
    if (!encoding) throw new Error(`no encoding for ${this.compression?.name}`);
    return encoding;
  }

  write<O extends DescMessage>(desc: O, message: MessageShape<O>): Uint8Array {
    return this.codec === "proto" ? toBinary(desc, message) : Buffer.from(toJsonString(desc, message));
  }

  /** Compresses what is worth it. Returns the bytes and the name of the compression that they have. */
  async compress(bytes: Uint8Array): Promise<{ bytes: Uint8Array; compressed?: string }> {
    const { compression } = this;
    if (!compression || bytes.length < compressMinBytes) return { bytes };
    return { bytes: await compression.compress(bytes), compressed: compression.name };
  }

  /** The same in an envelope. */
  async seal(bytes: Uint8Array, flags = 0): Promise<Uint8Array> {
    const sealed = await this.compress(bytes);
    return encodeEnvelope(sealed.compressed ? flags | COMPRESSED : flags, sealed.bytes);
  }
}

/** Of a body that is one envelope without flags. */
function messageOf(body: Uint8Array): Uint8Array | undefined {
  if (body.length < PREFIX_BYTES || body[0] !== 0) return undefined;
  const length = new DataView(body.buffer, body.byteOffset).getUint32(1);
  return body.length === PREFIX_BYTES + length ? body.subarray(PREFIX_BYTES) : undefined;
}
