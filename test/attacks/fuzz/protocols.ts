import { ChatService } from "../../../gen/parlance/v1/chat_service_pb.js";

/** What a protocol looks like on the wire, as far as a caller can get it wrong. */
export interface FuzzProtocol {
  readonly name: string;
  readonly version: 1 | 2;
  /** `get`: a unary call of Connect in the query; `stream`: Connect's enveloped protocol. */
  readonly kind: "unary" | "get" | "stream" | "grpc" | "grpc-web";
  readonly codec: "json" | "proto";
}

const protocol = (
  kind: FuzzProtocol["kind"],
  version: 1 | 2,
  codec: FuzzProtocol["codec"],
): FuzzProtocol => ({
  name: `${{ unary: "Connect", get: "Connect GET", stream: "Connect", grpc: "gRPC", "grpc-web": "gRPC-Web" }[kind]} ${codec}, ${version === 1 ? "HTTP/1.1" : "HTTP/2"}`,
  version,
  kind,
  codec,
});

const both = ["json", "proto"] as const;
const grpc = both.map((codec) => protocol("grpc", 2, codec));
const grpcWeb = ([1, 2] as const).flatMap((version) =>
  both.map((codec) => protocol("grpc-web", version, codec)),
);
const connect = (kind: "unary" | "get" | "stream") =>
  ([1, 2] as const).flatMap((version) => both.map((codec) => protocol(kind, version, codec)));

export type Method = (typeof ChatService.methods)[number];

/** Every RPC over every protocol that carries it. */
export const routes: readonly { readonly method: Method; readonly protocol: FuzzProtocol }[] =
  ChatService.methods.flatMap((method) => {
    const isStream = method.methodKind === "server_streaming";
    const isRead = [
      ChatService.method.getRoom,
      ChatService.method.help,
      ChatService.method.listUsers,
      ChatService.method.listEvents,
      ChatService.method.searchEvents,
    ].some(({ name }) => name === method.name);
    const own = isStream ? connect("stream") : [...connect("unary"), ...(isRead ? connect("get") : [])];
    return [...own, ...grpc, ...grpcWeb].map((one) => ({ method, protocol: one }));
  });

export const timeoutHeader = ({ kind }: FuzzProtocol): string =>
  kind === "grpc" || kind === "grpc-web" ? "grpc-timeout" : "connect-timeout-ms";

export function encodingHeader({ kind }: FuzzProtocol): string {
  if (kind === "stream") return "connect-content-encoding";
  return kind === "grpc" || kind === "grpc-web" ? "grpc-encoding" : "content-encoding";
}

export function contentType({ kind, codec }: FuzzProtocol): string {
  const prefix = { unary: "", get: "", stream: "connect+", grpc: "grpc+", "grpc-web": "grpc-web+" }[kind];
  return `application/${prefix}${codec}`;
}
