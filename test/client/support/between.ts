import { createServer, type IncomingMessage, type RequestListener, request, type Server } from "node:http";
import type { Room } from "./server.js";

/** An HTTP server on loopback that ends with its scope. */
export async function openHttp(listener: RequestListener): Promise<Room> {
  return opened(createServer(listener));
}

async function opened(server: Server): Promise<Room> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface ProxyOptions {
  /** Whether feeds pass at this time. Default: never. */
  readonly passesFeeds?: () => boolean;
  /** Serves a request in the server's place, unless it returns false. */
  readonly inItsPlace?: (...args: Parameters<RequestListener>) => boolean;
  /** Headers that it adds to responses. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A proxy that passes calls on, and holds back the responses of feeds, their heads included, as one that buffers does. */
export function openHoldingProxy(target: string, options: ProxyOptions = {}): Promise<Room> {
  const { passesFeeds = () => false, inItsPlace = () => false, headers = {} } = options;
  return openHttp((incoming, outgoing) => {
    if (inItsPlace(incoming, outgoing)) return void incoming.resume();
    const call = request(new URL(incoming.url ?? "/", target), {
      method: incoming.method,
      headers: incoming.headers,
    });
    call.once("error", () => outgoing.destroy());
    call.once("response", (response) => {
      if (isFeed(incoming) && !passesFeeds()) return void response.resume();
      outgoing.writeHead(response.statusCode ?? 0, { ...response.headers, ...headers });
      response.pipe(outgoing);
    });
    outgoing.once("close", () => call.destroy());
    incoming.pipe(call);
  });
}

const isFeed = ({ url }: IncomingMessage) => url?.endsWith("/Subscribe") ?? false;

/** A server, seen through a door. */
export interface Gate extends Room {
  /** Lets the calls through that wait, and all later ones. */
  open(): void;
}

/** A proxy in which the calls of one RPC wait until it is opened. */
export async function openGate(target: string, rpc: string): Promise<Gate> {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const proxy = await openHttp(async (incoming, outgoing) => {
    if (incoming.url?.endsWith(`/${rpc}`)) await opened;
    const { method, headers } = incoming;
    const call = request(new URL(incoming.url ?? "/", target), { method, headers });
    call.once("error", () => outgoing.destroy());
    call.once("response", (response) => {
      outgoing.writeHead(response.statusCode ?? 0, response.headers);
      response.pipe(outgoing);
    });
    outgoing.once("close", () => call.destroy());
    incoming.pipe(call);
  });
  return { ...proxy, open };
}
