import { setTimeout as sleep } from "node:timers/promises";
import type { Message, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { parseTimeout as parseConnectTimeout } from "@connectrpc/connect/protocol-connect";
import { parseTimeout as parseGrpcTimeout } from "@connectrpc/connect/protocol-grpc";
import type {
  ErrorDefinition,
  Header,
  Schema,
  StreamResponseDefinition,
  UnaryResponseDefinition,
} from "./schema.js";

type RequestInfoInit = MessageInitShape<Schema["requestInfo"]>;

/**
 * The ConformanceService. Each request says what to respond with: headers, data or an error, trailers, and how long to
 * wait before each message. The response echoes what the server saw of the request. The rules are in the comments of the
 * suite's service.proto; Unimplemented is left out on purpose.
 */
export function conformanceRoutes({ service, requestInfo }: Schema): (router: ConnectRouter) => void {
  /** `echo`: only for an error that no message precedes. */
  function errorOf({ code, message, details }: ErrorDefinition, echo?: RequestInfoInit): ConnectError {
    const error = new ConnectError(message ?? "", code);
    error.details = details.map(({ typeUrl, value }) => ({
      type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
      value,
    }));
    if (echo) error.details.push({ desc: requestInfo, value: echo });
    return error;
  }

  async function respondOnce(
    definition: UnaryResponseDefinition | undefined,
    requests: readonly Message[],
    context: HandlerContext,
  ) {
    setMetadata(definition, context);
    const echo = requestInfoOf(requests, context);
    await sleep(definition?.responseDelayMs ?? 0);
    const response = definition?.response;
    if (response?.case === "error") throw errorOf(response.value, echo);
    return { payload: { requestInfo: echo, ...(response?.case && { data: response.value }) } };
  }

  /** Sends what the definition still has, from the `sent`th message on, then its error. */
  async function* respondRest(
    definition: StreamResponseDefinition,
    sent: number,
    requests: readonly Message[],
    context: HandlerContext,
  ) {
    const { responseData, responseDelayMs, error } = definition;
    for (const [i, data] of responseData.slice(sent).entries()) {
      await sleep(responseDelayMs);
      const echo = sent + i === 0 && { requestInfo: requestInfoOf(requests, context) };
      yield { payload: { data, ...echo } };
    }
    if (error) throw errorOf(error, responseData.length === 0 ? requestInfoOf(requests, context) : undefined);
  }

  return (router) =>
    router.service(service, {
      unary: (request, context) => respondOnce(request.responseDefinition, [request], context),

      idempotentUnary: (request, context) => respondOnce(request.responseDefinition, [request], context),

      async clientStream(stream, context) {
        const requests: MessageShape<typeof service.method.clientStream.input>[] = [];
        for await (const request of stream) requests.push(request);
        return respondOnce(requests[0]?.responseDefinition, requests, context);
      },

      async *serverStream(request, context) {
        const definition = request.responseDefinition;
        if (!definition) return;
        setMetadata(definition, context);
        yield* respondRest(definition, 0, [request], context);
      },

      async *bidiStream(stream, context) {
        let definition: StreamResponseDefinition | undefined;
        let fullDuplex = false;
        let sent = 0;
        let unanswered: Message[] = [];
        for await (const request of stream) {
          if (!definition) {
            definition = request.responseDefinition;
            fullDuplex = request.fullDuplex;
            if (!definition) return;
            setMetadata(definition, context);
          }
          unanswered.push(request);
          if (!fullDuplex) continue;
          const data = definition.responseData[sent];
          if (!data) break;
          await sleep(definition.responseDelayMs);
          const echo =
            sent === 0 ? requestInfoOf(unanswered, context) : { requests: packAll(unanswered, context) };
          yield { payload: { data, requestInfo: echo } };
          sent++;
          unanswered = [];
        }
        if (definition) yield* respondRest(definition, sent, unanswered, context);
      },
    });
}

function requestInfoOf(requests: readonly Message[], context: HandlerContext): RequestInfoInit {
  const timeoutMs = timeoutOf(context);
  const { searchParams } = new URL(context.url);
  return {
    requestHeaders: headersOf(context.requestHeader),
    requests: packAll(requests, context),
    ...(timeoutMs !== undefined && { timeoutMs: BigInt(timeoutMs) }),
    ...(context.requestMethod === "GET" && { connectGetInfo: { queryParams: headersOf(searchParams) } }),
  };
}

/**
 * The deadline as the request named it, in whole milliseconds; undefined if Connect saw none. What is left of it by now is
 * up to how busy the machine is, and the suite grants no more than half a second.
 */
function timeoutOf(context: HandlerContext): number | undefined {
  if (context.timeoutMs() === undefined) return undefined;
  const { protocolName, requestHeader } = context;
  const { timeoutMs } =
    protocolName === "connect"
      ? parseConnectTimeout(requestHeader.get("connect-timeout-ms"), Number.POSITIVE_INFINITY)
      : parseGrpcTimeout(requestHeader.get("grpc-timeout"), Number.POSITIVE_INFINITY);
  return timeoutMs === undefined ? undefined : Math.trunc(timeoutMs);
}

function packAll(requests: readonly Message[], { method }: HandlerContext) {
  return requests.map((request) => anyPack(method.input, request));
}

function headersOf(pairs: Iterable<[string, string]>) {
  return Array.from(pairs, ([name, value]) => ({ name, value: [value] }));
}

function setMetadata(
  definition: UnaryResponseDefinition | StreamResponseDefinition | undefined,
  { responseHeader, responseTrailer }: HandlerContext,
): void {
  appendAll(responseHeader, definition?.responseHeaders);
  appendAll(responseTrailer, definition?.responseTrailers);
}

function appendAll(to: Headers, headers: readonly Header[] = []): void {
  for (const { name, value } of headers) for (const one of value) to.append(name, one);
}
