import type { IncomingMessage, ServerResponse } from "node:http";
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  fromJsonString,
  type JsonReadOptions,
  type MessageInitShape,
  type MessageShape,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus, errorToJsonBytes, parseTimeout } from "@connectrpc/connect/protocol-connect";
import { abandonBody } from "../port/abandon-body.js";
import type { PortRequest, PortResponse } from "../port/port.js";
import { respond } from "../port/respond.js";
import type { Member } from "../room/members/member.js";
import type { Observer } from "../room/observer.js";
import type { Caller } from "./address.js";
import { Call } from "./calls.js";
import { adjustError } from "./refusals/callers-fault.js";

/** An RPC that may take the fast path: it needs its request and the calling member, and nothing else of Connect. */
export interface FastCall<I extends DescMessage = DescMessage, O extends DescMessage = DescMessage> {
  readonly method: DescMethodUnary<I, O>;
  handle(member: Member, request: MessageShape<I>): Promise<MessageInitShape<O>>;
}

/** Ties the types of request and response together. */
export function fastCall<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  handle: FastCall<I, O>["handle"],
): FastCall<I, O> {
  return { method, handle };
}

export interface FastPathOptions {
  readonly calls: readonly FastCall[];
  /** The calling member; throws what `toError` translates. `address`: see Caller.budget. */
  readonly authenticate: (authorization: string | undefined, address: string) => Promise<Member>;
  /** Takes what a call costs its address, once; throws what `toError` translates. */
  readonly charge: (method: string, address: string, member: Member) => void;
  /** Who makes a request. */
  readonly callerOf: (request: PortRequest) => Caller;
  /** What a caller receives for an error. `acceptLanguage`: the caller's header; `address`: the caller's. */
  readonly toError: (
    error: unknown,
    method: string,
    acceptLanguage: string | undefined,
    address: string | undefined,
  ) => ConnectError;
  readonly observe: Observer;
  /** Largest body in bytes; larger ones are left to Connect, which refuses them. */
  readonly readMaxBytes: number;
  readonly jsonOptions: Partial<JsonReadOptions> & {
    readonly textDecoder: { decode(bytes: Uint8Array): string };
  };
}

type Format = "application/json" | "application/proto";

/**
 * Serves plain unary calls of the Connect protocol over HTTP/1.1 without the layers that make Connect general: the same
 * bytes for a third of the work (docs/performance.md). Returns false, and leaves the request untouched, for whatever is
 * not plain: another protocol or version of HTTP, compression, a stream, a body without a length.
 * Source: https://connectrpc.com/docs/protocol#unary-rpcs
 */
export function createFastPath(
  options: FastPathOptions,
): (request: PortRequest, response: PortResponse) => boolean {
  const calls = new Map(
    options.calls.map((call) => [`/${call.method.parent.typeName}/${call.method.name}`, call]),
  );
  return (request, response) => {
    const plain = request as IncomingMessage;
    const call =
      plain.httpVersionMajor === 1 && plain.method === "POST" ? calls.get(plain.url ?? "") : undefined;
    const format = call && formatOf(plain, options.readMaxBytes);
    if (!call || !format) return false;
    serve(options, call, format, plain, response as ServerResponse);
    return true;
  };
}

function formatOf({ headers }: IncomingMessage, readMaxBytes: number): Format | undefined {
  const type = headers["content-type"];
  if (type !== "application/json" && type !== "application/proto") return undefined;
  const isPlain =
    (headers["content-encoding"] ?? "identity") === "identity" &&
    (headers["connect-protocol-version"] ?? "1") === "1" &&
    timeoutOf(headers).error === undefined &&
    Number(headers["content-length"]) <= readMaxBytes;
  return isPlain ? type : undefined;
}

function timeoutOf({ "connect-timeout-ms": value }: IncomingMessage["headers"]) {
  return parseTimeout(typeof value === "string" ? value : null, Number.POSITIVE_INFINITY);
}

function serve(
  options: FastPathOptions,
  { method, handle }: FastCall,
  format: Format,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { headers } = request;
  const { address, budget } = options.callerOf(request);
  const record = new Call(method.name, request, address);
  const chunks: Buffer[] = [];
  let timer: NodeJS.Timeout | undefined;
  let responded = false;

  function end(): void {
    responded = true;
    clearTimeout(timer);
    options.observe(record.ended());
  }
  function send(status: number, more: Record<string, string>, type: string, body: string | Uint8Array): void {
    if (responded) return;
    end();
    respond(
      response,
      status,
      { ...more, "content-type": type, "content-length": Buffer.byteLength(body) },
      body,
    );
  }
  function refuse(error: ConnectError): void {
    if (responded) return;
    adjustError(error);
    abandonBody(request, response);
    record.failed(error);
    const body = errorToJsonBytes(error, undefined);
    send(codeToHttpStatus(error.code), Object.fromEntries(error.metadata), "application/json", body);
  }
  async function call(authenticated: Promise<Member>): Promise<void> {
    const member = await authenticated;
    // The deadline has passed: the caller has its response, and the call must not be carried out.
    if (responded) return;
    const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    const input = parse(method.input, format, body, options);
    options.charge(method.name, budget, member);
    const output = create(method.output, await handle(member, input));
    record.code = "ok";
    if (format === "application/json") send(200, {}, format, toJsonString(method.output, output));
    else send(200, {}, format, toBinary(method.output, output));
  }
  function failed(error: unknown): void {
    if (!responded) refuse(options.toError(error, method.name, headers["accept-language"], record.address));
  }

  const { timeoutMs } = timeoutOf(headers);
  if (timeoutMs !== undefined) {
    const overdue = () => refuse(new ConnectError("the operation timed out", Code.DeadlineExceeded));
    timer = setTimeout(overdue, timeoutMs);
  }
  // A request that breaks off gets no response, and nothing of it is carried out.
  request.on("close", () => {
    if (request.complete || responded) return;
    end();
    const error = request.errored ?? new Error("the request broke off");
    options.observe({ kind: "call_aborted", rpc: record.rpc, error, address: record.address });
  });
  // By the headers alone. A body that came with them waits for the result; one that did not is not read until then, and
  // as its member may have left meanwhile, the result is asked for again.
  let isAuthenticated = false;
  let left = Number(headers["content-length"]);
  const authenticate = () => options.authenticate(headers.authorization, budget);
  const authenticated = authenticate();
  authenticated.then(() => {
    isAuthenticated = true;
    if (request.isPaused()) request.resume();
  }, failed);
  request.on("data", (chunk: Buffer) => {
    if (responded) return;
    chunks.push(chunk);
    left -= chunk.length;
    if (left > 0 && !isAuthenticated) request.pause();
  });
  request.on("end", () => {
    call(isAuthenticated ? authenticate() : authenticated).catch(failed);
  });
}

/** As Connect parses it, with the error that the adapter makes of Connect's where it cannot. */
function parse(
  desc: DescMessage,
  format: Format,
  body: Uint8Array,
  { jsonOptions }: FastPathOptions,
): MessageShape<DescMessage> {
  if (format === "application/json") {
    try {
      return fromJsonString(desc, jsonOptions.textDecoder.decode(body), jsonOptions);
    } catch (error) {
      throw ConnectError.from(error, Code.InvalidArgument);
    }
  }
  try {
    return fromBinary(desc, body);
  } catch (error) {
    throw new ConnectError(
      `parse binary: ${error instanceof Error ? error.message : error}`,
      Code.InvalidArgument,
    );
  }
}
