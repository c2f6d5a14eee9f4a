/**
 * Requests that are no call of any protocol: another method, another content-type, a message without its envelope. What
 * is wrong with one is found here, before any of its body is read where that is possible; code and wording come from
 * rpc/errors.ts. A program distinguishes them by status, `allow` and `accept-post`.
 */
import type { OutgoingHttpHeaders } from "node:http";
import type { ConnectError } from "@connectrpc/connect";
import { errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { abandonBody } from "../../port/abandon-body.js";
import type { PortRequest, PortResponse } from "../../port/port.js";
import { respond } from "../../port/respond.js";
import type { Rpc } from "../calls.js";
import { isWebText } from "../web-text.js";

/** What a request got wrong. `sent` is printable ASCII; `example` is a command that works. */
export type Mistake =
  /** There is no such RPC, or no such path: `isRpc`. */
  | { readonly kind: "not_found"; readonly sent: string; readonly isRpc: boolean }
  | { readonly kind: "method"; readonly sent: string; readonly allow: string; readonly example: string }
  /** `sent` is empty for a request without one. */
  | {
      readonly kind: "content_type";
      readonly sent: string;
      readonly accept: string;
      readonly example: string;
    }
  /** A GET without `encoding` in its query. */
  | { readonly kind: "query"; readonly example: string }
  /** `sent`: of the Connect protocol. `isQuery`: by the parameter, not by the header. */
  | { readonly kind: "version"; readonly sent: string; readonly isQuery: boolean }
  /** A message of a stream, or of gRPC, without the five bytes before it. */
  | { readonly kind: "envelope"; readonly example: string };

/** The error for a mistake, in the language that the caller prefers. */
export type Explain = (mistake: Mistake, acceptLanguage: string | undefined) => ConnectError;

const UNARY_TYPES = ["application/json", "application/proto"];
const STREAM_TYPES = ["application/connect+json", "application/connect+proto"];
const GRPC_TYPES = ["application/grpc", "application/grpc-web", "application/grpc-web-text"].flatMap(
  (type) => [`${type}+proto`, ...(type.endsWith("-text") ? [] : [`${type}+json`])],
);
/** Of Connect; of what a GET may carry, too. */
const CONNECT_TYPE = /^application\/(connect\+)?(json|proto)\b/i;
const MAX_SENT = 80;
/**
 * Of the responses here. Clients of Connect read it as they read `application/json`, which would promise that the request
 * was one of Connect: connectrpc/conformance expects it of no response to a client of gRPC.
 */
const JSON_TYPE = "application/json; charset=utf-8";
/** The first byte of an envelope has two flags: compressed, and last. */
const MAX_FLAGS = 3;

/** What is wrong with the head of a request for an RPC; undefined if that is for Connect to decide. */
export function mistakeOf(rpc: Rpc, request: PortRequest): Mistake | undefined {
  const search = (request.url ?? "").split("?", 2)[1];
  const { method = "", headers } = request;
  const { allowedMethods } = rpc;
  if (!allowedMethods.includes(methodOf(rpc, request))) {
    const allow = allowedMethods.flatMap((one) => (one === "GET" ? ["GET", "HEAD"] : [one])).join(", ");
    return { kind: "method", sent: printable(method), allow, example: exampleOf(rpc) };
  }
  const type = headers["content-type"] ?? "";
  const isPost = method === "POST";
  const isServed = isPost ? isTypeOf(rpc, type) : type === "" || CONNECT_TYPE.test(type);
  if (!isServed)
    return { kind: "content_type", sent: printable(type), accept: typesOf(rpc), example: exampleOf(rpc) };
  const query = isPost ? undefined : new URLSearchParams(search);
  const encoding = query?.get("encoding");
  if (query && encoding !== "json" && encoding !== "proto")
    return { kind: "query", example: getExample(rpc) };
  const version = query ? query.get("connect") : headers["connect-protocol-version"];
  const isConnect = query !== undefined || CONNECT_TYPE.test(type);
  if (isConnect && version != null && version !== (query ? "v1" : "1"))
    return { kind: "version", sent: printable(`${version}`), isQuery: query !== undefined };
  return undefined;
}

/** A HEAD is a GET whose response has no body (RFC 9110, section 9.3.2). */
export function methodOf({ allowedMethods }: Rpc, { method = "" }: PortRequest): string {
  return method === "HEAD" && allowedMethods.includes("GET") ? "GET" : method;
}

/** Whether a body begins with what cannot be an envelope, as JSON and most of protobuf do where one is missing. */
export function lacksEnvelope({ headers }: PortRequest, body: readonly Uint8Array[]): boolean {
  if (!/^application\/(connect\+|grpc)/i.test(headers["content-type"] ?? "")) return false;
  const first = body.find(({ length }) => length > 0)?.[0];
  return first !== undefined && first > MAX_FLAGS;
}

const statuses: Record<"not_found" | "method" | "content_type" | "query", number> = {
  not_found: 404,
  method: 405,
  content_type: 415,
  query: 415,
};

/** The HTTP status of a mistake that no protocol encodes; undefined for the others. */
export function statusOf({ kind }: Mistake): number | undefined {
  return kind in statuses ? statuses[kind as keyof typeof statuses] : undefined;
}

/** Responds as to a unary call of Connect, which is plain JSON to every other sender. */
export function respondMistake(
  request: PortRequest,
  response: PortResponse,
  mistake: Mistake,
  error: ConnectError,
): void {
  abandonBody(request, response);
  const headers: OutgoingHttpHeaders = {
    ...Object.fromEntries(error.metadata),
    ...(mistake.kind === "method" && { allow: mistake.allow }),
    ...(mistake.kind === "content_type" && { "accept-post": mistake.accept }),
    "content-type": JSON_TYPE,
  };
  respond(response, statusOf(mistake) ?? 400, headers, errorToJsonBytes(error, undefined));
}

/** Connect claims to serve the text form of gRPC-Web, and does not; web-text.ts does, in binary alone. */
function isTypeOf({ supportedContentType }: Rpc, type: string): boolean {
  return supportedContentType(type) && (isWebText(type) || !/^application\/grpc-web-text/i.test(type));
}

function typesOf({ method }: Rpc): string {
  return [...(method.methodKind === "unary" ? UNARY_TYPES : STREAM_TYPES), ...GRPC_TYPES].join(", ");
}

/** A command that works; SERVER is a placeholder, for behind a proxy Host may be another address. */
export function exampleOf({ method, requestPath }: Rpc): string {
  return method.methodKind === "unary"
    ? `curl -H 'content-type: application/json' -d '{}' SERVER${requestPath}`
    : `buf curl -d '{}' SERVER${requestPath}`;
}

const getExample = ({ requestPath }: Rpc): string =>
  `curl -G -d connect=v1 -d encoding=json --data-urlencode 'message={}' SERVER${requestPath}`;

/** What may be shown again: no control characters, and not much of it. */
export function printable(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, "?");
  return plain.length > MAX_SENT ? `${plain.slice(0, MAX_SENT)}...` : plain;
}
