import type { Client, Interceptor, Transport } from "@connectrpc/connect";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";

export type ChatClient = Client<typeof ChatService>;

/** Makes the road to the server; tests put an in-memory one here. */
export type MakeTransport = (interceptors: Interceptor[]) => Transport;

export interface ChatClientOptions {
  /** Base URL, such as http://127.0.0.1:12231. */
  readonly server: string;
  /** Asked for each call: the token changes when the session is taken up anew. */
  readonly token: () => string | undefined;
  /** BCP 47 tag in which the server words its errors. */
  readonly language: string;
  readonly transport?: MakeTransport;
}

/**
 * Guard of every unary call, ms: without a deadline a call may never settle (connect-es#1678). Feeds have none, the
 * watchdog guards them.
 */
export const CALL_TIMEOUT_MS = 10_000;

/**
 * Connect over HTTP/1.1: connect-node's HTTP/2 client can crash the process after a GOAWAY on an idle connection
 * (connect-es#1768).
 */
export function createChatClient(options: ChatClientOptions): ChatClient {
  const bear: Interceptor = (next) => (request) => {
    request.header.set("accept-language", options.language);
    const token = options.token();
    if (token) request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  const make = options.transport ?? overHttp1(options.server);
  return createClient(ChatService, make([bear]));
}

function overHttp1(baseUrl: string): MakeTransport {
  return (interceptors) => createConnectTransport({ baseUrl, httpVersion: "1.1", interceptors });
}
