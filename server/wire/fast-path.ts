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
import type { PortRequest, PortResponse } from "../port/port.js";
import type { Member } from "../room/members/member.js";
import { errorAnswer } from "./connect-error.js";

/** An RPC that may take the short lane: it needs its request and who is calling, and nothing else of Connect. */
export interface ShortCall<I extends DescMessage = DescMessage, O extends DescMessage = DescMessage> {
  readonly method: DescMethodUnary<I, O>;
  answer(member: Member, request: MessageShape<I>): Promise<MessageInitShape<O>>;
}

/** Keeps the types of request and answer together. */
export function shortCall<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  answer: ShortCall<I, O>["answer"],
): ShortCall<I, O> {
  return { method, answer };
}

export interface ShortLaneOptions {
  readonly calls: readonly ShortCall[];
  /** Who is calling; throws what `toError` explains. */
  readonly authenticate: (authorization: string | undefined) => Promise<Member>;
  /** What a caller is told of an error. `acceptLanguage`: the caller's header. */
  readonly toError: (error: unknown, method: string, acceptLanguage: string | undefined) => ConnectError;
  /** Largest body; larger ones are left to Connect, to be refused. */
  readonly readMaxBytes: number;
  readonly jsonOptions: Partial<JsonReadOptions> & {
    readonly textDecoder: { decode(bytes: Uint8Array): string };
  };
}

type Format = "application/json" | "application/proto";

const TIMEOUT = /^\d{1,10}$/;

/**
 * Answers plain unary calls of the Connect protocol over HTTP/1.1 without the layers that make Connect general: the
 * same bytes for a third of the work (docs/performance.md). Whatever is not plain (another protocol or version of
 * HTTP, compression, streams, a body without a length) is left untouched, and false is returned.
 * Source: https://connectrpc.com/docs/protocol#unary-rpcs
 */
export function createShortLane(
  options: ShortLaneOptions,
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
  const timeout = headers["connect-timeout-ms"];
  const isPlain =
    (headers["content-encoding"] ?? "identity") === "identity" &&
    (timeout === undefined || (typeof timeout === "string" && TIMEOUT.test(timeout))) &&
    Number(headers["content-length"]) <= readMaxBytes;
  return isPlain ? type : undefined;
}

function serve(
  options: ShortLaneOptions,
  call: ShortCall,
  format: Format,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { headers } = request;
  const chunks: Buffer[] = [];
  let timer: NodeJS.Timeout | undefined;
  let answered = false;

  function send(status: number, more: Record<string, string>, type: string, body: string | Uint8Array): void {
    if (answered) return;
    answered = true;
    clearTimeout(timer);
    response.writeHead(status, { ...more, "content-type": type, "content-length": Buffer.byteLength(body) });
    response.end(body);
  }
  function refuse(error: ConnectError): void {
    const { status, headers: more, body } = errorAnswer(error);
    send(status, more, "application/json", body);
  }
  async function answer(): Promise<void> {
    const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    const input = parse(call.method.input, format, body, options);
    const member = await options.authenticate(headers.authorization);
    const output = create(call.method.output, await call.answer(member, input));
    if (format === "application/json") send(200, {}, format, toJsonString(call.method.output, output));
    else send(200, {}, format, toBinary(call.method.output, output));
  }

  const timeout = headers["connect-timeout-ms"];
  if (timeout !== undefined) {
    const overdue = () => refuse(new ConnectError("the operation timed out", Code.DeadlineExceeded));
    timer = setTimeout(overdue, Number(timeout));
  }
  // A request that breaks off is never answered, and nothing of it was done.
  request.on("close", () => {
    if (!request.complete) clearTimeout(timer);
  });
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    answer().catch((error: unknown) =>
      refuse(options.toError(error, call.method.name, headers["accept-language"])),
    );
  });
}

/** As Connect reads it, with the same words where it cannot. */
function parse(
  desc: DescMessage,
  format: Format,
  body: Uint8Array,
  { jsonOptions }: ShortLaneOptions,
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
    throw new ConnectError(`parse binary: ${error instanceof Error ? error.message : error}`, Code.Internal);
  }
}
