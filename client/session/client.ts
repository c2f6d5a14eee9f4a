import type { Client, Interceptor, Transport } from "@connectrpc/connect";
import { createClient } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { ModerationService } from "../../gen/parlance/v1/moderation_service_pb.js";

/** The generated stub: every RPC of the schema, without retries. */
export type ChatClient = Client<typeof ChatService>;

/** The generated stub of what moderators and owners do, without retries. */
export type ModerationClient = Client<typeof ModerationService>;

/** Creates the transport to the server, with these interceptors. Tests pass an in-memory one. */
export type MakeTransport = (interceptors: Interceptor[]) => Transport;

/** A registered nickname and the secret that the server made for it: enough to post without a stay. */
export interface Poster {
  readonly nickname: string;
  readonly secret: string;
}

export interface ChatClientOptions {
  /** Called for each request: the token changes when the session logs in again. */
  readonly token: () => string | undefined;
  /** Authenticates requests without a token. */
  readonly poster?: Poster | undefined;
  /** BCP 47 tag: the language of the server's error messages. */
  readonly language: string;
  readonly transport: MakeTransport;
}

/**
 * Deadline of every unary call, ms: without one a call may never settle (connect-es#1678). Feeds have none, their
 * watchdog limits the silence instead.
 */
export const CALL_TIMEOUT_MS = 10_000;

/** Stubs whose requests carry the session's token and the language of the reader. */
export function createClients({ token, poster, language, transport }: ChatClientOptions): {
  readonly chat: ChatClient;
  readonly moderation: ModerationClient;
} {
  const authenticate: Interceptor = (next) => (request) => {
    request.header.set("accept-language", language);
    const current = token();
    if (current) request.header.set("authorization", `Bearer ${current}`);
    else if (poster) request.header.set("authorization", basicOf(poster));
    return next(request);
  };
  const connection = transport([authenticate]);
  return {
    chat: createClient(ChatService, connection),
    moderation: createClient(ModerationService, connection),
  };
}

/** The header of RFC 7617, in UTF-8. */
function basicOf({ nickname, secret }: Poster): string {
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${nickname}:${secret}`)))}`;
}

/** The stub of the chat alone. */
export function createChatClient(options: ChatClientOptions): ChatClient {
  return createClients(options).chat;
}
