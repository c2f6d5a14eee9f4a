import type { Client, Interceptor, Transport } from "@connectrpc/connect";
import { createClient } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";

export type ChatClient = Client<typeof ChatService>;

/** Makes the transport to the server; tests put an in-memory one here. */
export type MakeTransport = (interceptors: Interceptor[]) => Transport;

export interface ChatClientOptions {
  /** Asked for each call: the token changes when the session is taken up anew. */
  readonly token: () => string | undefined;
  /** BCP 47 tag in which the server words its errors. */
  readonly language: string;
  readonly transport: MakeTransport;
}

/**
 * Guard of every unary call, ms: without a deadline a call may never settle (connect-es#1678). Feeds have none, the
 * watchdog guards them.
 */
export const CALL_TIMEOUT_MS = 10_000;

/** The generated stub, with the token and the language in every request. */
export function createChatClient(options: ChatClientOptions): ChatClient {
  const bear: Interceptor = (next) => (request) => {
    request.header.set("accept-language", options.language);
    const token = options.token();
    if (token) request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  return createClient(ChatService, options.transport([bear]));
}
