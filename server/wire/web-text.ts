import type { UniversalServerRequest, UniversalServerResponse } from "@connectrpc/connect/protocol";
import type { Framing } from "../feed/sink.js";
import { bodyOf, mapBody } from "./body.js";

const TEXT = /^application\/grpc-web-text(\+proto)?$/i;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * gRPC-Web in its text form, in which pages read streams with XMLHttpRequest: both bodies are in base64. Connect does not
 * serve it; to Connect it is the binary form.
 * Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md
 */
export function isWebText(contentType: string | undefined): boolean {
  return TEXT.test(contentType ?? "");
}

/** The request as Connect serves it; undefined if its body is not in base64. */
export function requestOfText(
  request: UniversalServerRequest,
  body: readonly Uint8Array[],
): UniversalServerRequest | undefined {
  const text = Buffer.concat(body).toString("latin1");
  if (!BASE64.test(text)) return undefined;
  const header = new Headers(request.header);
  header.set("content-type", "application/grpc-web+proto");
  return { ...request, header, body: bodyOf([Buffer.from(text, "base64")]) };
}

/** The response as text. Each chunk is padded, as the specification permits. */
export function responseAsText(
  response: UniversalServerResponse,
  contentType: string,
): UniversalServerResponse {
  response.header?.set("content-type", contentType);
  return { ...response, ...(response.body && { body: mapBody(response.body, toBase64) }) };
}

/** The same for the batches of a feed. */
export const textFraming: Framing = { key: "base64", wrap: toBase64 };

function toBase64(bytes: Uint8Array): Uint8Array {
  return Buffer.from(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64"),
    "latin1",
  );
}
