import type { Client, Interceptor, Transport } from "@connectrpc/connect";
import { createClient } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";

/** The generated stub: every RPC of the schema, without retries. */
export type ChatClient = Client<typeof ChatService>;

/** Creates the transport to the server, with these interceptors. Tests pass an in-memory one. */
export type MakeTransport = (interceptors: Interceptor[]) => Transport;

export interface ChatClientOptions {
  /** Called for each request: the token changes when the session logs in again. */
  readonly token: () => string | undefined;
  /** BCP 47 tag: the language of the server's error messages. */
  readonly language: string;
  readonly transport: MakeTransport;
}

/**
 * Deadline of every unary call, ms: without one a call may never settle (connect-es#1678). Feeds have none, their
 * watchdog limits the silence instead.
 */
export const CALL_TIMEOUT_MS = 10_000;

/** A stub whose requests carry the session's token and the language of the reader. */
export function createChatClient({ token, language, transport }: ChatClientOptions): ChatClient {
  const authenticate: Interceptor = (next) => (request) => {
    request.header.set("accept-language", language);
    const current = token();
    if (current) request.header.set("authorization", `Bearer ${current}`);
    return next(request);
  };
  return createClient(ChatService, transport([authenticate]));
}
