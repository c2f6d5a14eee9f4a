/** Sessions on Node. The only file of this folder that a page cannot load. */
import { createConnectTransport } from "@connectrpc/connect-node";
import type { MakeTransport } from "./client.js";
import { Session, type SessionOptions } from "./session.js";

const DEFAULT_SERVER = "http://127.0.0.1:12231";

/**
 * Connect over HTTP/1.1: connect-node's HTTP/2 client can crash the process after a GOAWAY on an idle connection
 * (connect-es#1768).
 */
export function nodeTransport(baseUrl: string): MakeTransport {
  return (interceptors) => createConnectTransport({ baseUrl, httpVersion: "1.1", interceptors });
}

/** Logs in, or resumes a session. Throws the ConnectError of a refused nickname or an unreachable server. */
export function connect(options: SessionOptions): Promise<Session> {
  return Session.open(options, options.transport ?? nodeTransport(options.server ?? DEFAULT_SERVER));
}
