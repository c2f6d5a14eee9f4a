// Peers that write raw bytes, so that they can also violate the protocol.
import { once } from "node:events";
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { vi } from "vitest";
import {
  createPort,
  type Port,
  type PortHandler,
  type PortOptions,
  type PortResponse,
} from "../../server/port/port.js";

export interface RawPeer {
  readonly socket: Socket;
  received(): Buffer;
  text(): string;
  /** Sends each piece in a packet of its own. */
  send(...pieces: (string | Uint8Array)[]): Promise<void>;
  /** Until the server has closed its side, by FIN or RST. */
  ended(): Promise<void>;
}

/** A peer that keeps its side open after the server's FIN. */
export async function openRaw(port: number): Promise<RawPeer> {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
  const chunks: Buffer[] = [];
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("end", over).on("error", over).on("close", over);
  await once(socket, "connect");
  const received = () => Buffer.concat(chunks);
  return {
    socket,
    received,
    text: () => received().toString("latin1"),
    send: async (...pieces) => {
      for (const piece of pieces) {
        await new Promise((resolve) => socket.write(piece, resolve));
        // A turn of the event loop lets the server, in the same process, read this piece alone.
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    ended: () =>
      eventually(() => {
        if (!isOver) throw new Error("still open");
      }),
  };
}

/** Until `check` no longer throws. The limit allows for a busy machine. */
export function eventually<T>(check: () => T): Promise<T> {
  return vi.waitFor(check, { timeout: 10_000, interval: 10 });
}

/** Every byte in a piece of its own. */
export function byteByByte(bytes: string | Buffer): Buffer[] {
  return [...Buffer.from(bytes)].map((byte) => Buffer.of(byte));
}

/** Starts a response that stays open. */
export function begin(
  response: PortResponse,
  body: string | Buffer,
  headers: OutgoingHttpHeaders = {},
): void {
  // Node's two response types differ in the other parameters.
  (response as ServerResponse).writeHead(200, headers);
  (response as ServerResponse).write(body);
}

/** A whole response. */
export function answer(response: PortResponse, body: string, headers?: OutgoingHttpHeaders): void {
  begin(response, body, headers);
  response.end();
}

export const answerHello: PortHandler = (_request, response) => {
  answer(response, "hello", { "content-type": "text/plain" });
};

export interface TestPort {
  readonly port: Port;
  readonly number: number;
}

/** A port on a free loopback port number. */
export async function openPort(options: Partial<PortOptions> = {}): Promise<TestPort> {
  const port = createPort({ host: "127.0.0.1", port: 0, handler: answerHello, ...options });
  const { port: number } = await port.listen();
  return { port, number };
}

export const closeNow = { limitMs: 0, endStreams: () => undefined };
