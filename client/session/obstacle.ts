/**
 * What is in the way of the room, as far as an error shows it: a certificate that is not trusted, a failed handshake,
 * something else in the place of the server. None is a refusal by the room, and no retry removes it.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorDetailSchema } from "../../gen/parlance/v1/errors_pb.js";

export type CertificateFault = "unknown_issuer" | "self_signed" | "expired" | "not_yet_valid" | "wrong_host";

/** Codes of Node and OpenSSL. The others are rare, and are shown in OpenSSL's words. */
const CERTIFICATE_FAULTS: Readonly<Record<string, CertificateFault>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "self_signed",
  SELF_SIGNED_CERT_IN_CHAIN: "unknown_issuer",
  UNABLE_TO_GET_ISSUER_CERT: "unknown_issuer",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "unknown_issuer",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "unknown_issuer",
  CERT_HAS_EXPIRED: "expired",
  CERT_NOT_YET_VALID: "not_yet_valid",
  ERR_TLS_CERT_ALTNAME_INVALID: "wrong_host",
};

interface SystemError {
  readonly code?: unknown;
  /** Where a connection was tried to. */
  readonly hostname?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
  /** Of a proxy that makes no tunnel. */
  readonly statusCode?: unknown;
  readonly cert?: { readonly subjectaltname?: unknown };
}

/** The code of the cause, such as ECONNRESET or CERT_HAS_EXPIRED; "" if there is none. */
export function causeCode(error: unknown): string {
  const { code } = causeOf(error);
  return typeof code === "string" ? code : "";
}

export function certificateFault(error: unknown): CertificateFault | undefined {
  return CERTIFICATE_FAULTS[causeCode(error)];
}

/** The names and addresses that a certificate of the wrong host is for. */
export function certificateNames(error: unknown): readonly string[] {
  const names = causeOf(error).cert?.subjectaltname;
  return typeof names === "string"
    ? [...names.matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].map(([, n]) => n!)
    : [];
}

/** A response that is not the room's. */
export interface ForeignResponse {
  /** HTTP status; 0 if what came was not HTTP. */
  readonly status: number;
  /** "" if it was not given, as in the other fields. */
  readonly contentType: string;
  /** Where a redirect leads. */
  readonly location: string;
  /** Server, proxies and caches that the headers name. */
  readonly software: string;
}

/** Undefined for refusals by the room, and for connections that broke before a response. */
export function foreignResponse(error: unknown): ForeignResponse | undefined {
  if (!(error instanceof ConnectError) || error.findDetails(ErrorDetailSchema).length > 0) return undefined;
  if (causeCode(error) === "HPE_INVALID_CONSTANT")
    return { status: 0, contentType: "", location: "", software: "" };
  const status = foreignStatus(error);
  return status === undefined ? undefined : responseOf(error, status);
}

/** The response of a server that does not know the RPC, although every room has it. */
export function withoutOurService(error: unknown): ForeignResponse | undefined {
  return error instanceof ConnectError && error.code === Code.Unimplemented
    ? responseOf(error, 404)
    : undefined;
}

function responseOf({ metadata }: ConnectError, status: number): ForeignResponse {
  return {
    status,
    contentType: (metadata.get("content-type") ?? "").split(";", 1)[0]!.trim(),
    location: metadata.get("location") ?? "",
    software: softwareOf(metadata),
  };
}

/** HTTP status of a response that carries no error of a room; undefined if there was none. */
function foreignStatus(error: ConnectError): number | undefined {
  // The only places where Connect's transport leaves the status.
  const status = /^HTTP (\d{3})$/.exec(error.rawMessage)?.[1];
  if (status) return Number(status);
  if (error.rawMessage.startsWith("unsupported content type ")) return 200;
  // Of an error in JSON that is not Connect's it keeps a code: by the status, and without the detail of a room.
  const isRooms = error.rawMessage !== "" && !NEVER_WITHOUT_DETAIL.has(error.code);
  return error.isWireError && !isRooms ? STATUS[error.code] : undefined;
}

const NEVER_WITHOUT_DETAIL: ReadonlySet<Code> = new Set([Code.Unauthenticated, Code.PermissionDenied]);

const STATUS: Readonly<Partial<Record<Code, number>>> = {
  [Code.Internal]: 400,
  [Code.Unauthenticated]: 401,
  [Code.PermissionDenied]: 403,
  [Code.Unimplemented]: 404,
};

/** A proxy between here and the server, at which the connection failed. */
export interface ProxyFault {
  /** Without its user and password. */
  readonly proxy: string;
  /** The variable that names it. */
  readonly variable: string;
  /** What it returned; 0: nothing, it was not reached. */
  readonly status: number;
  /** The system's code where it was not reached. */
  readonly code: string;
}

/**
 * The proxy at which a connection failed, if Node was told to use one (NODE_USE_ENV_PROXY, `--use-env-proxy`). `env`: the
 * environment, from which it takes the proxy.
 */
export function proxyFault(
  error: unknown,
  server: string,
  env: Readonly<Record<string, string | undefined>>,
): ProxyFault | undefined {
  const { protocol } = new URL(server);
  const names = protocol === "https:" ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy", "HTTP_PROXY"];
  const variable = names.find((name) => env[name]);
  const proxy = variable === undefined ? null : URL.parse(env[variable] ?? "");
  if (variable === undefined || !proxy) return undefined;
  const at = { proxy: `${proxy.protocol}//${proxy.host}`, variable };
  const { code, statusCode } = causeOf(error);
  // No server returns this status of its own.
  const asksForLogin = foreignResponse(error)?.status === 407;
  if (asksForLogin) return { ...at, status: 407, code: "" };
  if (code === "ERR_PROXY_TUNNEL") return { ...at, status: Number(statusCode ?? 0), code };
  return isTriedAt(proxy, new URL(server), causeOf(error))
    ? { ...at, status: 0, code: String(code) }
    : undefined;
}

/** Whether the connection that failed was to the proxy, and not to the server. */
function isTriedAt(proxy: URL, server: URL, { hostname, address, port }: SystemError): boolean {
  if (hostname !== undefined) return hostname === proxy.hostname && hostname !== server.hostname;
  const portOf = (url: URL) => Number(url.port || (url.protocol === "https:" ? 443 : 80));
  if (port !== portOf(proxy)) return false;
  return portOf(server) !== port || (address === proxy.hostname && address !== server.hostname);
}

/** Where a redirect leads, without the path of the RPC: an address of the room, or of a page. */
export function redirectTarget(server: string, location: string): string {
  if (!URL.canParse(location, server)) return location;
  return new URL(location, server).href.replace(/\/parlance\.v1\.ChatService\/\w+$/, "");
}

/** Why a feed gave its connection up: nothing was received for too long. */
export class FeedSilent extends Error {
  override readonly name = "FeedSilent";

  constructor(
    readonly waitedMs: number,
    /** Whether not even `hello` had arrived. */
    readonly isWithoutHello: boolean,
  ) {
    super("nothing received from the server for too long");
  }
}

/** How long a feed waited in vain for `hello`, ms; undefined if it ended for another reason. */
export function silenceBeforeHello(error: unknown): number | undefined {
  const cause = error instanceof ConnectError ? error.cause : undefined;
  return cause instanceof FeedSilent && cause.isWithoutHello ? cause.waitedMs : undefined;
}

/** Whether an error shows something that no retry removes, rather than a connection that was lost. */
export function isObstacle(error: unknown): boolean {
  const code = causeCode(error);
  // No handshake: the port does not speak TLS, or not a version or cipher of ours.
  if (certificateFault(error) || code === "EPROTO" || code.startsWith("ERR_SSL_")) return true;
  const { status } = foreignResponse(error) ?? { status: 503 };
  // What proxies report of a server that is away or busy; it passes.
  return status < 500 && status !== 408 && status !== 429;
}

/** Servers, proxies and caches, as the headers of a response name them; "" if they name none. */
export function softwareOf(headers: Headers): string {
  return ["server", "via", "x-cache"].flatMap((name) => headers.get(name) ?? []).join(", ");
}

function causeOf(error: unknown): SystemError {
  const cause = error instanceof ConnectError ? error.cause : undefined;
  return typeof cause === "object" && cause !== null ? cause : {};
}
