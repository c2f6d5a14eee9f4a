import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { StartError } from "./start-error.js";
import { type Address, writeAddress } from "./values.js";

const TIMEOUT_MS = 4_000;

/** Where a server listens, and whether with TLS. */
export interface HealthTarget extends Address {
  readonly tls: boolean;
}

/** Whether the server at an address of this machine is alive, and takes work, in one line. Rejects with a StartError. */
export async function runHealth(target: HealthTarget): Promise<string> {
  const at = `${target.tls ? "https" : "http"}://${writeAddress(target)}`;
  const alive = await get(target, "/healthz").catch((error: Error) => {
    throw new StartError(`no healthy server at ${at}: ${error.message.replaceAll(/\s+/g, " ")}`, {
      cause: error,
    });
  });
  if (alive.status !== 200) throw new StartError(`no healthy server at ${at}: HTTP status ${alive.status}`);
  const ready = await get(target, "/readyz").catch((error: Error) => ({ status: 0, body: error.message }));
  return ready.status === 200 ? "alive and ready\n" : `alive, but not ready: ${ready.body.trim()}\n`;
}

function get({ host, port, tls }: HealthTarget, path: string): Promise<{ status: number; body: string }> {
  const options = { host, port, path, agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) };
  return new Promise((resolve, reject) => {
    // The certificate is for the names by which others reach the server, and nothing secret is sent.
    const call = tls ? requestHttps({ ...options, rejectUnauthorized: false }) : requestHttp(options);
    call.once("error", reject).once("response", (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        body += chunk;
      });
      response.once("error", reject).once("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    call.end();
  });
}
