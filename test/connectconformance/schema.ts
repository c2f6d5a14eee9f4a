import { createFileRegistry, type FileRegistry, fromBinary, type Message } from "@bufbuild/protobuf";
import type { GenMessage, GenService } from "@bufbuild/protobuf/codegenv2";
import { type Any, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

const PACKAGE = "connectrpc.conformance.v1";

type Conformance<Name extends string, Fields> = Message<`${typeof PACKAGE}.${Name}`> & Fields;

export type Header = Conformance<"Header", { name: string; value: string[] }>;

/** `code`: as in Connect's enum `Code`. `message`: undefined where a case leaves the text open. */
export type ErrorDefinition = Conformance<"Error", { code: number; message?: string; details: Any[] }>;

export type UnaryResponseDefinition = Conformance<
  "UnaryResponseDefinition",
  {
    responseHeaders: Header[];
    responseTrailers: Header[];
    responseDelayMs: number;
    response:
      | { case: "responseData"; value: Uint8Array }
      | { case: "error"; value: ErrorDefinition }
      | { case: undefined; value?: undefined };
  }
>;

export type StreamResponseDefinition = Conformance<
  "StreamResponseDefinition",
  {
    responseHeaders: Header[];
    responseTrailers: Header[];
    responseDelayMs: number;
    responseData: Uint8Array[];
    error?: ErrorDefinition;
  }
>;

export type RequestInfo = Conformance<
  "ConformancePayload.RequestInfo",
  {
    requestHeaders: Header[];
    timeoutMs?: bigint;
    requests: Any[];
    connectGetInfo?: Conformance<"ConformancePayload.ConnectGetInfo", { queryParams: Header[] }>;
  }
>;

type ConformancePayload = Conformance<"ConformancePayload", { data: Uint8Array; requestInfo?: RequestInfo }>;

type Request<Name extends string, Fields> = GenMessage<Conformance<`${Name}Request`, Fields>>;
type Response<Name extends string> = GenMessage<
  Conformance<`${Name}Response`, { payload?: ConformancePayload }>
>;

interface UnaryFields {
  responseDefinition?: UnaryResponseDefinition;
}
interface StreamFields {
  responseDefinition?: StreamResponseDefinition;
}

export type ConformanceService = GenService<{
  unary: { methodKind: "unary"; input: Request<"Unary", UnaryFields>; output: Response<"Unary"> };
  idempotentUnary: {
    methodKind: "unary";
    input: Request<"IdempotentUnary", UnaryFields>;
    output: Response<"IdempotentUnary">;
  };
  clientStream: {
    methodKind: "client_streaming";
    input: Request<"ClientStream", UnaryFields>;
    output: Response<"ClientStream">;
  };
  serverStream: {
    methodKind: "server_streaming";
    input: Request<"ServerStream", StreamFields>;
    output: Response<"ServerStream">;
  };
  bidiStream: {
    methodKind: "bidi_streaming";
    input: Request<"BidiStream", StreamFields & { fullDuplex: boolean }>;
    output: Response<"BidiStream">;
  };
}>;

/** `messageReceiveLimit`: in bytes, 0 for none. */
type ServerCompatRequest = Conformance<
  "ServerCompatRequest",
  {
    useTls: boolean;
    messageReceiveLimit: number;
    serverCreds?: Conformance<"TLSCreds", { cert: Uint8Array; key: Uint8Array }>;
  }
>;
type ServerCompatResponse = Conformance<
  "ServerCompatResponse",
  { host: string; port: number; pemCert: Uint8Array }
>;

export interface Schema {
  readonly registry: FileRegistry;
  readonly service: ConformanceService;
  readonly requestInfo: GenMessage<RequestInfo>;
  readonly serverCompatRequest: GenMessage<ServerCompatRequest>;
  readonly serverCompatResponse: GenMessage<ServerCompatResponse>;
}

/**
 * Reads the suite's schema from what `buf build` made of it. No code is generated from it: the types above are the part
 * of it that the server uses, written by hand.
 */
export function readSchema(image: Uint8Array): Schema {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
  const service = registry.getService(`${PACKAGE}.ConformanceService`);
  if (!service) throw new Error(`no ${PACKAGE}.ConformanceService in the schema`);
  function message<T extends Message<`${typeof PACKAGE}.${string}`>>(name: T["$typeName"]): GenMessage<T> {
    const descriptor = registry.getMessage(name);
    if (!descriptor) throw new Error(`no ${name} in the schema`);
    return descriptor as GenMessage<T>;
  }
  return {
    registry,
    service: service as ConformanceService,
    requestInfo: message<RequestInfo>(`${PACKAGE}.ConformancePayload.RequestInfo`),
    serverCompatRequest: message<ServerCompatRequest>(`${PACKAGE}.ServerCompatRequest`),
    serverCompatResponse: message<ServerCompatResponse>(`${PACKAGE}.ServerCompatResponse`),
  };
}
