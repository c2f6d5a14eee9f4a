// People who talk through a proxy.
import { setTimeout as delay } from "node:timers/promises";
import type { Interceptor, Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { login } from "../../support/people.js";
import type { RunningProxy } from "./proxies.js";

/** Within which a message must have passed the proxy. */
const PROMPT_MS = 1_000;

export type MakeTransport = (interceptors?: Interceptor[]) => Transport;

/** Every protocol and HTTP version, over TLS to the proxy. */
export function transportsTo({ url, ca }: Pick<RunningProxy, "url" | "ca">): Record<string, MakeTransport> {
  const options = (interceptors: Interceptor[]) => ({ baseUrl: url, nodeOptions: { ca }, interceptors });
  return {
    "Connect over HTTP/1.1": (more = []) => createConnectTransport({ ...options(more), httpVersion: "1.1" }),
    "Connect over HTTP/2": (more = []) => createConnectTransport({ ...options(more), httpVersion: "2" }),
    "gRPC-Web over HTTP/1.1": (more = []) => createGrpcWebTransport({ ...options(more), httpVersion: "1.1" }),
    "gRPC-Web over HTTP/2": (more = []) => createGrpcWebTransport({ ...options(more), httpVersion: "2" }),
    gRPC: (more = []) => createGrpcTransport(options(more)),
  };
}

/** Rejects unless `wait` resolves in time. */
export async function prompt<T>(what: string, wait: Promise<T>): Promise<T> {
  const late = delay(PROMPT_MS).then(() => {
    throw new Error(`${what} took longer than ${PROMPT_MS} ms`);
  });
  return Promise.race([wait, late]);
}

/** A message to oneself reaches one's own feed at once. */
export async function talks(
  name: string,
  transport: Transport,
  nickname: string,
): Promise<() => Promise<void>> {
  const person = await login(transport, nickname);
  const feed = person.listen();
  await prompt(`hello over ${name}`, feed.next("hello"));
  await person.say(`over ${name}`);
  for (;;) {
    const { kind } = await prompt(`the message over ${name}`, feed.next("groupMessage"));
    if (kind.value.text === `over ${name}`) break;
  }
  return () => feed.close();
}
