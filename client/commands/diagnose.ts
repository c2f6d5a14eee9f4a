import { request } from "node:http";
import { connect } from "node:tls";
import type { Problem } from "../chat/line.js";
import { connectionProblem } from "../chat/problem.js";
import { causeCode, foreignResponse, proxyFault } from "../session/obstacle.js";
import type { Context } from "./context.js";
import { EXIT, Failure } from "./exit.js";

/** How long to look whether the other scheme works, ms. */
const LOOK_MS = 2_000;

type DiagnoseContext = Pick<Context, "config" | "signal" | "env">;

/** What an error shows to be between here and the room; undefined for any other error. */
export async function diagnose(
  error: unknown,
  { config: { server }, signal, env }: DiagnoseContext,
): Promise<Problem | undefined> {
  const found = connectionProblem(error, server);
  if (!found) return undefined;
  const proxy = proxyFault(error, server, env);
  if (proxy) return { what: "proxy", server, ...proxy };
  const use = await otherScheme(error, new URL(server), signal);
  if (use === undefined) return found;
  return { what: "wrong_scheme", server, isTls: use.startsWith("https:"), use };
}

/** The same as a failure with exit code 3. */
export async function connectionFailure(
  error: unknown,
  context: DiagnoseContext,
): Promise<Failure | undefined> {
  const problem = await diagnose(error, context);
  return problem && new Failure(EXIT.unreachable, problem, { cause: error });
}

/** The address with the other of http: and https:, if the port speaks that and not this one. */
async function otherScheme(error: unknown, url: URL, signal: AbortSignal): Promise<string | undefined> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]);
  const code = causeCode(error);
  const other = new URL(url);
  if (url.protocol === "http:") {
    // A TLS port closes the connection, sends an alert, or, as nginx does, reports the mistake as a status of HTTP.
    const status = foreignResponse(error)?.status;
    if (code !== "ECONNRESET" && code !== "EPIPE" && status !== 0 && status !== 400) return undefined;
    other.protocol = "https:";
    other.port = url.port || "80";
    return (await speaksTls(other, limit)) ? addressOf(other) : undefined;
  }
  if (code !== "EPROTO" && code !== "ECONNRESET" && !code.startsWith("ERR_SSL_")) return undefined;
  other.protocol = "http:";
  other.port = url.port || "443";
  return (await speaksHttp(other, limit)) ? addressOf(other) : undefined;
}

const addressOf = ({ href }: URL) => href.replace(/\/+$/, "");

function speaksTls({ hostname, port }: URL, signal: AbortSignal): Promise<boolean> {
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve) => {
    // Nothing is sent over it, so it does not matter whom it is with.
    const socket = connect({ host, port: Number(port || 443), rejectUnauthorized: false });
    const end = (found: boolean) => {
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      resolve(found);
    };
    const onAbort = () => end(false);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("secureConnect", () => end(true)).on("error", () => end(false));
    socket.once("close", () => end(false));
  });
}

function speaksHttp(url: URL, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request(new URL("/", url), { method: "HEAD", signal, agent: false });
    call.once("response", (response) => {
      response.resume();
      resolve(true);
    });
    call.once("error", () => resolve(false)).once("close", () => resolve(false));
    call.end();
  });
}
