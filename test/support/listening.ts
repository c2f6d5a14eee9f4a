import type { Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { type App, type AppOptions, createApp } from "../../server/app.js";
import { readCommand } from "../../server/command-line.js";
import { createLog } from "../../server/ops/log.js";

export interface ListeningServer {
  readonly url: string;
  readonly app: App;
  /** What the server logged as warnings and errors. */
  readonly logged: string[];
  close(): Promise<void>;
}

/** The whole server in this process, on a free port. */
export async function listen(...flags: string[]): Promise<ListeningServer> {
  return listenWith({}, ...flags);
}

/** The same with other options than an operator can set. */
export async function listenWith(
  options: Pick<AppOptions, "shortCalls">,
  ...flags: string[]
): Promise<ListeningServer> {
  const command = readCommand(
    ["--listen", "127.0.0.1:0", "--store", "memory:", "--rate", "0", "--locale", "en", ...flags],
    {},
  );
  if (command.kind !== "serve") throw new Error("not a serve command");
  const logged: string[] = [];
  const app = await createApp({
    ...options,
    config: command.config,
    log: createLog("warn", (line) => logged.push(line)),
  });
  const { url } = await app.listen();
  return { url, app, logged, close: () => app.close() };
}

type MakeTransport = (baseUrl: string) => Transport;

/** Every way in which a client can speak. */
export const protocols: Record<string, MakeTransport> = {
  "Connect JSON, HTTP/1.1": (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false }),
  "Connect binary, HTTP/1.1": (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: true }),
  "Connect JSON, h2c": (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: false }),
  "Connect binary, h2c": (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true }),
  "Connect GET, HTTP/1.1": (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", useHttpGet: true }),
  "Connect GET, h2c": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", useHttpGet: true }),
  "gRPC, h2c": (baseUrl) => createGrpcTransport({ baseUrl }),
  "gRPC JSON, h2c": (baseUrl) => createGrpcTransport({ baseUrl, useBinaryFormat: false }),
  "gRPC-Web, HTTP/1.1": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
  "gRPC-Web, h2c": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "2" }),
};
