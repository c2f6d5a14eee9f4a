/** The transport in browsers, in place of transport.ts: package.json selects it by the condition `browser`. */
import { createConnectTransport } from "@connectrpc/connect-web";
import type { MakeTransport } from "./client.js";

/**
 * Connect over whatever HTTP the browser chooses. A browser does not reveal why a request failed: a refused connection
 * counts as one whose request may have been applied, so a call that then meets an ended session is not repeated. It trusts
 * the certificates of its system; `ca` cannot add any.
 */
export function serverTransport(baseUrl: string, ca: readonly string[] = []): MakeTransport {
  if (ca.length > 0) throw new Error("a browser trusts the certificates of its system: `ca` has no effect");
  return (interceptors) => createConnectTransport({ baseUrl, useBinaryFormat: true, interceptors });
}
