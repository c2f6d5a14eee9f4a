import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import { mapBody } from "./body.js";
import { acceptCompression } from "./codec/frames.js";

const MESSAGE = "grpc-message";
/** Flags of an envelope of gRPC-Web. */
const COMPRESSED = 1;
const TRAILERS = 0x80;
const PREFIX_BYTES = 5;
/** Decompressed; they are this server's own. */
const MAX_TRAILER_BYTES = 1024 * 1024;

/**
 * Percent-encodes a status message as gRPC asks for: `%` and what is not printable ASCII, and nothing else. Connect encodes
 * spaces and punctuation as well, which some libraries show as they come. Spaces at the ends would be lost in a header.
 * Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses
 */
export function encodeMessage(message: string): string {
  return message.replace(/[^\x20-\x7e]+|%|^ +| +$/g, (part) =>
    part === "%" ? "%25" : encodeURIComponent(part),
  );
}

/** Encodes the message in headers or trailers that Connect made. */
export function adjustStatus(headers: Headers): Headers {
  const message = headers.get(MESSAGE);
  if (message !== null) headers.set(MESSAGE, encodeMessage(decodeURIComponent(message)));
  return headers;
}

/** The same for a response of Connect's, wherever its status is: in the headers, the trailers, or a body of gRPC-Web. */
export function adjustResponse(response: UniversalServerResponse): UniversalServerResponse {
  const { header, trailer, body } = response;
  const type = header?.get("content-type") ?? "";
  if (!type.startsWith("application/grpc")) return response;
  if (header) adjustStatus(header);
  const compression = acceptCompression.find(({ name }) => name === header?.get("grpc-encoding"));
  const adjusted: UniversalServerResponse = {
    ...response,
    ...(body &&
      type.startsWith("application/grpc-web") && {
        body: mapBody(body, (chunk) => adjustTrailers(chunk, compression?.decompress)),
      }),
  };
  // Connect fills it while the body is read.
  if (trailer) Object.defineProperty(adjusted, "trailer", { get: () => adjustStatus(trailer) });
  return adjusted;
}

type Decompress = (typeof acceptCompression)[number]["decompress"];

/** Of gRPC-Web, where trailers are the last envelope of the body; Connect sends each envelope in a chunk of its own. */
async function adjustTrailers(chunk: Uint8Array, decompress: Decompress | undefined): Promise<Uint8Array> {
  const flags = chunk[0] ?? 0;
  if ((flags & TRAILERS) === 0) return chunk;
  const bytes = chunk.subarray(PREFIX_BYTES);
  const isCompressed = (flags & COMPRESSED) !== 0;
  if (isCompressed && !decompress) return chunk;
  const plain = isCompressed && decompress ? await decompress(bytes, MAX_TRAILER_BYTES) : bytes;
  const lines = Buffer.from(plain)
    .toString("latin1")
    .replace(
      /^(grpc-message: *)(.*)\r$/m,
      (_, name, message) => `${name}${encodeMessage(decodeURIComponent(message))}\r`,
    );
  const adjusted = Buffer.alloc(PREFIX_BYTES + lines.length);
  adjusted[0] = TRAILERS;
  adjusted.writeUInt32BE(lines.length, 1);
  adjusted.write(lines, PREFIX_BYTES, "latin1");
  return adjusted;
}
