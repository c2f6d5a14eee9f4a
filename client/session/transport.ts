/** The transport on Node. The only file of this folder that a browser cannot load: there it is transport.browser.ts. */
import { Agent, globalAgent } from "node:https";
import tls from "node:tls";
import { createConnectTransport } from "@connectrpc/connect-node";
import type { MakeTransport } from "./client.js";

/**
 * Connect over HTTP/1.1: connect-node's HTTP/2 client can crash the process after a GOAWAY on an idle connection
 * (connect-es#1768). `ca`: certificates in PEM that are trusted besides those that Node trusts.
 */
export function serverTransport(baseUrl: string, ca: readonly string[] = []): MakeTransport {
  const nodeOptions = ca.length > 0 ? { agent: agentTrusting(ca) } : {};
  return (interceptors) => createConnectTransport({ baseUrl, httpVersion: "1.1", interceptors, nodeOptions });
}

/**
 * Connections that trust these certificates besides those that Node trusts, kept as Node's own agent keeps them, and
 * through the proxy that this one uses.
 */
export function agentTrusting(ca: readonly string[]): Agent {
  // Node 22.13 and 22.14 do not have the function: there NODE_EXTRA_CA_CERTS has no effect beside these.
  const known = tls.getCACertificates?.("default") ?? tls.rootCertificates;
  // One context for all connections: reading Node's 150 certificates takes longer than a handshake.
  const secureContext = tls.createSecureContext({ ca: [...known, ...ca] });
  const { proxyEnv } = globalAgent.options;
  return new Agent({ keepAlive: true, scheduling: "lifo", timeout: 5_000, secureContext, proxyEnv });
}
