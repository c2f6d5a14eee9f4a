import {
  Code,
  ConnectError,
  type ConnectRouter,
  createContextKey,
  type Interceptor,
} from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import type { PortRequest } from "../port/port.js";
import type { Observation } from "../room/observer.js";

/** An RPC as Connect serves it. */
export type Rpc = ConnectRouter["handlers"][number];

/** One call of an RPC on its way through the server: who makes it, by which protocol, and how it ends. */
export class Call {
  readonly protocol: "connect" | "grpc" | "grpc-web";
  /** "ok", or a code as Connect writes it, such as "not_found"; undefined until the RPC has ended. */
  code: string | undefined;
  private readonly startedMs = performance.now();

  constructor(
    readonly rpc: string,
    request: PortRequest,
    /** The caller's IP address. */
    readonly address: string | undefined,
  ) {
    this.protocol = protocolOf(request.headers["content-type"]);
  }

  failed(error: unknown): void {
    this.code = codeToString(ConnectError.from(error, Code.Internal).code);
  }

  /** A call without a code was left by its caller. */
  ended(): Observation {
    const { rpc, protocol, code = "canceled", startedMs } = this;
    return { kind: "call_ended", rpc, protocol, code, durationMs: performance.now() - startedMs };
  }
}

/** Set by the adapter. */
export const callKey = createContextKey<Call | undefined>(undefined, { description: "the call" });

function protocolOf(contentType: string | undefined): Call["protocol"] {
  if (!contentType?.startsWith("application/grpc")) return "connect";
  return contentType.startsWith("application/grpc-web") ? "grpc-web" : "grpc";
}

/** Notes how calls end; the outermost interceptor. Calls that fail before any interceptor runs keep no code. */
export const noteCode: Interceptor = (next) => async (request) => {
  const call = request.contextValues.get(callKey);
  if (!call) return next(request);
  try {
    const response = await next(request);
    if (response.stream) return { ...response, message: noted(response.message, call) };
    call.code = "ok";
    return response;
  } catch (error) {
    call.failed(error);
    throw error;
  }
};

async function* noted<T>(messages: AsyncIterable<T>, call: Call): AsyncGenerator<T, void> {
  try {
    yield* messages;
    call.code = "ok";
  } catch (error) {
    call.failed(error);
    throw error;
  }
}

const HTTP_CODES: Readonly<Record<number, Code>> = {
  400: Code.InvalidArgument,
  404: Code.NotFound,
  405: Code.Unimplemented,
  408: Code.DeadlineExceeded,
  413: Code.ResourceExhausted,
  415: Code.InvalidArgument,
  429: Code.ResourceExhausted,
  500: Code.Internal,
  501: Code.Unimplemented,
  503: Code.Unavailable,
  504: Code.DeadlineExceeded,
};

/**
 * The code of a response that no interceptor saw, such as to a body that cannot be parsed. gRPC-Web and Connect's streams
 * keep theirs in the body: unknown.
 */
export function codeOfResponse({ status, trailer }: { status: number; trailer?: Headers }): string {
  const grpcStatus = trailer?.get("grpc-status") ?? "";
  const code = /^([1-9]|1[0-6])$/.test(grpcStatus) ? Number(grpcStatus) : HTTP_CODES[status];
  return codeToString((code as Code | undefined) ?? Code.Unknown);
}
