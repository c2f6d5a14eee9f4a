import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import { connectNodeAdapter, createConnectTransport } from "@connectrpc/connect-node";
import {
  ChatService,
  type SubscribeRequest,
  type SubscribeResponse,
} from "../../../gen/parlance/v1/chat_service_pb.js";
import { createPort } from "../../../server/port/port.js";
import type { StartProxy } from "../managed-server.js";

type Chat = ReturnType<typeof createClient<typeof ChatService>>;
export type Rpc = Exclude<keyof Chat, "subscribe">;
type Feed = AsyncIterable<SubscribeResponse>;

/** What a proxy changes in front of a correct server. Anything without a hook is forwarded unchanged. */
export interface Tampering {
  /** Returns a changed request, or `undefined` to forward it unchanged. */
  readonly request?: (rpc: Rpc, request: Record<string, unknown>) => Record<string, unknown> | undefined;
  /** Changes a response, or returns one without calling the server: `forward` calls it. */
  readonly response?: (rpc: Rpc, forward: () => Promise<object>, request: object) => Promise<object>;
  readonly feed?: (feed: Feed, request: SubscribeRequest) => Feed;
  readonly headers?: (headers: Record<string, string>) => Record<string, string>;
  readonly error?: (error: ConnectError) => ConnectError;
}

const FORWARDED_HEADERS = ["authorization", "accept-language"];

/** A proxy in front of our server that supports every protocol and tampers with requests and responses. */
export function proxyWith(tampering: Tampering): StartProxy {
  return async (url) => {
    const upstream = createClient(ChatService, createConnectTransport({ baseUrl: url, httpVersion: "1.1" }));
    const adapter = connectNodeAdapter({
      routes: (router) => router.service(ChatService, forwarding(upstream, tampering)),
      readMaxBytes: 64 * 1024,
    });
    const port = createPort({ host: "127.0.0.1", port: 0, handler: adapter });
    const bound = await port.listen();
    return {
      url: `http://127.0.0.1:${bound.port}`,
      close: () => port.close({ limitMs: 200, endStreams() {} }),
    };
  };
}

function forwarding(upstream: Chat, tampering: Tampering): ServiceImpl<typeof ChatService> {
  const headersOf = (ctx: HandlerContext) => {
    const present = FORWARDED_HEADERS.flatMap((name) => {
      const value = ctx.requestHeader.get(name);
      return value === null ? [] : [[name, value] as const];
    });
    const headers = Object.fromEntries(present);
    return tampering.headers?.(headers) ?? headers;
  };
  const failing = (error: unknown) => tampering.error?.(ConnectError.from(error)) ?? ConnectError.from(error);

  const unary = (rpc: Rpc) => async (request: object, ctx: HandlerContext) => {
    const changed = tampering.request?.(rpc, { ...request }) ?? request;
    const call = upstream[rpc] as (request: object, options: object) => Promise<object>;
    const forward = () => call(changed, { headers: headersOf(ctx), signal: ctx.signal });
    try {
      return await (tampering.response?.(rpc, forward, changed) ?? forward());
    } catch (error) {
      throw failing(error);
    }
  };
  // Every one, also those that a later schema adds.
  const rpcs = ChatService.methods
    .filter(({ methodKind }) => methodKind === "unary")
    .map(({ localName }) => localName as Rpc);
  return {
    ...(Object.fromEntries(rpcs.map((rpc) => [rpc, unary(rpc)])) as unknown as ServiceImpl<
      typeof ChatService
    >),
    async *subscribe(
      request,
      ctx,
    ): AsyncGenerator<MessageInitShape<typeof ChatService.method.subscribe.output>> {
      const feed = upstream.subscribe(request, { headers: headersOf(ctx), signal: ctx.signal });
      try {
        yield* tampering.feed?.(feed, request) ?? feed;
      } catch (error) {
        if (ctx.signal.aborted) throw new ConnectError("the reader disconnected", Code.Canceled);
        throw failing(error);
      }
    },
  };
}
