/** The authority of a request, from which Connect builds a URL. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { PortRequest } from "../port/port.js";

export const NO_AUTHORITY = new ConnectError(
  "the Host header or :authority is not a host and port",
  Code.InvalidArgument,
);
/** What no authority contains (RFC 3986, section 3.2): with one of these, a URL would have another host. */
const NOT_AUTHORITY = /[\s/?#@\\]/;

/** A client of HTTP/1.1 may name the whole URL, whose authority then replaces Host (RFC 9112, section 3.2.2). */
export function useOriginForm(request: PortRequest): void {
  const [, authority, rest] = /^https?:\/\/([^/?#]*)([^#]*)/i.exec(request.url ?? "") ?? [];
  if (authority === undefined || "authority" in request) return;
  request.headers.host = authority;
  request.url = rest?.startsWith("/") ? rest : `/${rest}`;
}

/**
 * Whether a URL can be built of the authority; if not, the request is refused with 400 (RFC 9112, section 3.2). A missing
 * one is legal in HTTP/1.0 and becomes the address that was connected to.
 */
export function settleAuthority(request: PortRequest): boolean {
  const authority = ("authority" in request ? request.authority : undefined) ?? request.headers.host;
  if (authority !== undefined) return !NOT_AUTHORITY.test(authority) && URL.canParse(`http://${authority}`);
  useLocalAddress(request);
  return true;
}

function useLocalAddress(request: PortRequest): void {
  const { localAddress = "", localPort } = request.socket;
  const host = localAddress.includes(":") ? `[${localAddress}]` : localAddress;
  request.headers["authority" in request ? ":authority" : "host"] = `${host}:${localPort}`;
}
