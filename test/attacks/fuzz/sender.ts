import { once } from "node:events";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import { connect } from "node:net";
import type { FuzzCall } from "./calls.js";
import type { Response } from "./verdict.js";

/** A feed that has no deadline, or one far away, is given up after this. */
const FEED_MS = 2_000;

/** The connections of one address, over one version of HTTP. */
export interface Sender {
  send(call: FuzzCall): Promise<Response>;
  close(): void;
}

export function openSender(version: 1 | 2, port: number, localAddress: string): Sender {
  return version === 1 ? overHttp1(port, localAddress) : overHttp2(port, localAddress);
}

const text = (headers: IncomingHttpHeaders | NodeJS.Dict<string | string[]>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value?.toString()]));

async function read(
  stream: AsyncIterable<Buffer>,
  giveUp: () => void,
): Promise<{ body: Buffer; cut: boolean }> {
  const chunks: Buffer[] = [];
  let cut = false;
  const limit = setTimeout(() => {
    cut = true;
    giveUp();
  }, FEED_MS);
  try {
    for await (const chunk of stream) chunks.push(chunk);
  } catch (error) {
    if (!cut) throw error;
  } finally {
    clearTimeout(limit);
  }
  return { body: Buffer.concat(chunks), cut };
}

function overHttp1(port: number, localAddress: string): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress });
  return {
    async send({ method, path, headers, body }) {
      const request = httpRequest({ host: "127.0.0.1", port, agent, method, path, headers });
      // Besides what is awaited: the rest of a body that was refused may fail to be sent.
      request.on("error", () => undefined);
      request.end(body);
      const [response] = (await once(request, "response")) as [IncomingMessage];
      const got = await read(response, () => response.destroy());
      return {
        status: response.statusCode ?? 0,
        headers: text({ ...response.headers, ...response.trailers }),
        ...got,
      };
    },
    close: () => agent.destroy(),
  };
}

function overHttp2(port: number, localAddress: string): Sender {
  let session: ClientHttp2Session | undefined;
  function open(): ClientHttp2Session {
    if (session && !session.closed && !session.destroyed) return session;
    session = connectHttp2(`http://127.0.0.1:${port}`, {
      createConnection: () => connect({ host: "127.0.0.1", port, localAddress }),
    });
    session.on("error", () => undefined);
    return session;
  }
  return {
    async send({ method, path, headers, body }) {
      const stream = open().request({ ":method": method, ":path": path, ...headers });
      let trailers: IncomingHttpHeaders = {};
      stream.on("error", () => undefined);
      stream.on("trailers", (received) => {
        trailers = received;
      });
      if (method === "POST") stream.end(body);
      const [head] = (await once(stream, "response")) as [IncomingHttpHeaders & { ":status": number }];
      const got = await read(stream, () => stream.close());
      return { status: head[":status"], headers: text({ ...head, ...trailers }), ...got };
    },
    close: () => session?.destroy(),
  };
}
