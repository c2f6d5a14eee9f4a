/**
 * The Connect protocol of the page, in place of @connectrpc/connect and connect-web, of which the page would use a quarter:
 * unary and server-streaming calls in binary by `fetch`, without compression, GET or trailers. connect.test.ts compares what
 * callers see of responses, errors and aborts with the library.
 */
import { create, fromBinary, type Schema, toBinary } from "./codec.js";

/** Numbers of the codes, see https://connectrpc.com/docs/protocol#error-codes. */
export enum Code {
  Canceled = 1,
  Unknown,
  InvalidArgument,
  DeadlineExceeded,
  NotFound,
  AlreadyExists,
  PermissionDenied,
  ResourceExhausted,
  FailedPrecondition,
  Aborted,
  OutOfRange,
  Unimplemented,
  Internal,
  Unavailable,
  DataLoss,
  Unauthenticated,
}

/** As it is on the wire: `resource_exhausted`. */
const nameOf = (code: Code) => Code[code].replace(/(?!^)[A-Z]/g, "_$&").toLowerCase();

const codeOf = (name: unknown) =>
  Object.values(Code).find((code): code is Code => typeof code === "number" && nameOf(code) === name);

interface Detail {
  readonly type: string;
  readonly value: Uint8Array;
}

export class ConnectError extends Error {
  override readonly name = "ConnectError";
  readonly rawMessage: string;
  readonly code: Code;
  readonly metadata: Headers;
  readonly details: Detail[] = [];

  constructor(
    message: string,
    code = Code.Unknown,
    metadata?: HeadersInit,
    _details?: undefined,
    cause?: unknown,
  ) {
    super(message === "" ? `[${nameOf(code)}]` : `[${nameOf(code)}] ${message}`, { cause });
    this.rawMessage = message;
    this.code = code;
    this.metadata = new Headers(metadata);
  }

  static from(reason: unknown, code = Code.Unknown): ConnectError {
    if (reason instanceof ConnectError) return reason;
    if (!(reason instanceof Error))
      return new ConnectError(String(reason), code, undefined, undefined, reason);
    if (reason.name === "AbortError" || reason.name === "TimeoutError")
      return new ConnectError(reason.message, Code.Canceled);
    return new ConnectError(reason.message, code, undefined, undefined, reason);
  }

  /** Those of one type; none that cannot be read. */
  findDetails(schema: Schema): unknown[] {
    return this.details.flatMap(({ type, value }) => {
      if (type !== schema.typeName) return [];
      try {
        return [fromBinary(schema, value)];
      } catch {
        return [];
      }
    });
  }
}

interface Method {
  readonly name: string;
  readonly localName: string;
  readonly parent: { readonly typeName: string };
  readonly methodKind: "unary" | "server_streaming";
  readonly input: Schema;
  readonly output: Schema;
}

interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly headers?: HeadersInit;
}

interface Call {
  readonly url: string;
  readonly header: Headers;
  readonly signal: AbortSignal;
  readonly body: Uint8Array<ArrayBuffer>;
}

type Next = (call: Call) => Promise<Response>;

interface TransportOptions {
  readonly baseUrl: string;
  readonly interceptors: readonly ((next: Next) => Next)[];
}

/** Of connect-web: `useBinaryFormat` is taken for granted. */
export const createConnectTransport = (options: TransportOptions) => options;

export function createClient(
  service: { readonly methods: readonly Method[] },
  transport: TransportOptions,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    service.methods.map((method) => [
      method.localName,
      method.methodKind === "unary"
        ? (input: object, options?: CallOptions) => unary(transport, method, input, options)
        : (input: object, options?: CallOptions) => stream(transport, method, input, options),
    ]),
  );
}

async function unary(transport: TransportOptions, method: Method, input: object, options: CallOptions = {}) {
  const running = new Running(options);
  try {
    const body = toBinary(method.input, create(method.input, { ...input }));
    const response = await send(transport, method, options, { body, signal: running.signal });
    return parse(method, new Uint8Array(await response.arrayBuffer()));
  } catch (error) {
    throw running.errorFor(error);
  } finally {
    running.end();
  }
}

async function* stream(
  transport: TransportOptions,
  method: Method,
  input: object,
  options: CallOptions = {},
) {
  const running = new Running(options);
  try {
    const message = toBinary(method.input, create(method.input, { ...input }));
    const body = new Uint8Array(ENVELOPE_HEAD + message.length);
    new DataView(body.buffer).setUint32(1, message.length);
    body.set(message, ENVELOPE_HEAD);
    const response = await send(transport, method, options, { body, signal: running.signal });
    for await (const data of messagesOf(response)) yield parse(method, data);
  } catch (error) {
    throw running.errorFor(error);
  } finally {
    running.end();
  }
}

function parse({ output }: Method, bytes: Uint8Array) {
  try {
    return fromBinary(output, bytes);
  } catch (error) {
    throw new ConnectError(`parse binary: ${(error as Error).message}`, Code.Internal);
  }
}

/** The deadline of a call, and the caller's own signal. */
class Running {
  readonly signal: AbortSignal;
  readonly #own = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ signal, timeoutMs }: CallOptions) {
    this.signal = signal ? AbortSignal.any([signal, this.#own.signal]) : this.#own.signal;
    if (timeoutMs === undefined || timeoutMs <= 0) return;
    const late = () => this.#own.abort(new ConnectError("the operation timed out", Code.DeadlineExceeded));
    this.#timer = setTimeout(late, timeoutMs);
  }

  /** `fetch` rejects with an error of its own where the call was aborted. */
  errorFor(error: unknown): ConnectError {
    return this.signal.aborted
      ? ConnectError.from(this.signal.reason, Code.Canceled)
      : ConnectError.from(error);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#own.abort();
  }
}

/** Resolves with a response whose body is a message, or a stream of envelopes. */
function send(
  { baseUrl, interceptors }: TransportOptions,
  method: Method,
  { headers, timeoutMs }: CallOptions,
  { body, signal }: Pick<Call, "body" | "signal">,
): Promise<Response> {
  const isUnary = method.methodKind === "unary";
  const type = isUnary ? "application/proto" : "application/connect+proto";
  const header = new Headers(headers);
  if (timeoutMs !== undefined && timeoutMs > 0) header.set("connect-timeout-ms", `${timeoutMs}`);
  header.set("content-type", type);
  header.set("connect-protocol-version", "1");
  const url = `${baseUrl.replace(/\/$/, "")}/${method.parent.typeName}/${method.name}`;
  const post: Next = async (call) => {
    const init = { method: "POST", redirect: "error", headers: call.header, signal, body } as const;
    const response = await fetch(call.url, init);
    const received = response.headers.get("content-type") ?? "";
    if (response.status !== 200) {
      const error = new ConnectError(
        `HTTP ${response.status}`,
        codeOfStatus(response.status),
        response.headers,
      );
      const isJson = isUnary && /^application\/json(; ?charset=utf-?8)?$/i.test(received);
      throw isJson ? errorOf(await response.json(), response.headers, error) : error;
    }
    if (received.toLowerCase() === type) return response;
    const isConnect = /^application\/(connect\+)?(proto|json(; ?charset=utf-?8)?)$/i.test(received);
    const code = isConnect ? Code.Internal : Code.Unknown;
    throw new ConnectError(
      `unsupported content type ${response.headers.get("content-type")}`,
      code,
      response.headers,
    );
  };
  return interceptors.reduceRight((next, intercept) => intercept(next), post)({ url, header, signal, body });
}

function codeOfStatus(status: number): Code {
  const codes: Readonly<Record<number, Code>> = {
    400: Code.Internal,
    401: Code.Unauthenticated,
    403: Code.PermissionDenied,
    404: Code.Unimplemented,
    429: Code.Unavailable,
    502: Code.Unavailable,
    503: Code.Unavailable,
    504: Code.Unavailable,
  };
  return codes[status] ?? Code.Unknown;
}

/** `json`: an error of the protocol; whatever else it is, the error is `other`. */
function errorOf(json: unknown, metadata: Headers | undefined, other: ConnectError): ConnectError {
  const { code, message = "", details = [] } = (json ?? {}) as Record<string, unknown>;
  if (!isObject(json) || typeof message !== "string") return other;
  const error = new ConnectError(message, codeOf(code) ?? other.code, metadata);
  for (const detail of Array.isArray(details) ? details : []) {
    const { type, value } = (detail ?? {}) as Record<string, unknown>;
    if (typeof type !== "string" || typeof value !== "string") return other;
    try {
      error.details.push({ type, value: bytesOf(value) });
    } catch {
      return other;
    }
  }
  return error;
}

const isObject = (json: unknown) => typeof json === "object" && json !== null && !Array.isArray(json);

/** Of base64, with or without padding. */
function bytesOf(base64: string): Uint8Array {
  const text = atob(base64.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Flags, and the length of what follows. */
const ENVELOPE_HEAD = 5;
const COMPRESSED = 1;
const END = 2;

/** The messages of a streamed response. Throws the error that it ends with. */
async function* messagesOf(response: Response): AsyncGenerator<Uint8Array, void, undefined> {
  if (!response.body) throw "missing response body";
  const reader = response.body.getReader();
  let held = new Uint8Array();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const bytes = new Uint8Array(held.length + value.length);
    bytes.set(held);
    bytes.set(value, held.length);
    let at = 0;
    while (bytes.length - at >= ENVELOPE_HEAD) {
      const flags = bytes[at]!;
      const end = at + ENVELOPE_HEAD + new DataView(bytes.buffer).getUint32(at + 1);
      if (end > bytes.length) break;
      const data = bytes.subarray(at + ENVELOPE_HEAD, end);
      at = end;
      if (flags & COMPRESSED)
        throw new ConnectError("protocol error: received unsupported compressed output", Code.Internal);
      if (flags & END) return endOf(data, response.headers);
      yield data;
    }
    held = bytes.subarray(at);
  }
  if (held.length > 0) throw new ConnectError("protocol error: incomplete envelope", Code.InvalidArgument);
  throw "missing EndStreamResponse";
}

function endOf(data: Uint8Array, headers: Headers): void {
  const other = new ConnectError("invalid end stream", Code.Unknown);
  let json: { readonly error?: unknown };
  try {
    json = JSON.parse(new TextDecoder().decode(data));
  } catch {
    throw other;
  }
  if (!isObject(json)) throw other;
  if (json.error != null) throw errorOf(json.error, headers, other);
}
