import { request as http1Request } from "node:http";
import { connect as http2Connect } from "node:http2";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import {
  ChatService,
  SubscribeRequestSchema,
  SubscribeResponseSchema,
} from "../../gen/parlance/v1/chat_service_pb.js";
import { envelope, envelopes } from "../support/raw-call.js";
import { restartable, storedHistory } from "./server-support.js";
import { testFolder } from "./store-support.js";

const readerCount = 5_000;
/** Every fifth reads by gRPC, on a connection of its own as all of them. */
const grpcEvery = 5;
const arrivingAtOnce = 100;
const senderCount = 3;
const messagesBetween = 60;
const retryMs = 200;
/** For thousands of readers on a busy machine. */
const patienceMs = 120_000;
/** In the bytes of a frame with a message; frames without one are not decoded: there are millions of them. */
const marker = Buffer.from("message #");

const path = `/${ChatService.typeName}/${ChatService.method.subscribe.name}`;

/** A reader that resumes after every end of its stream, with the cursor of the last frame that it received. */
class Reader {
  /** The messages received, by their texts. */
  readonly texts: string[] = [];
  private after = "";
  private isCaughtUp = false;
  private ended = false;
  private abort = () => {};

  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly isGrpc: boolean,
  ) {}

  /** Whether its present stream is past the replay. */
  get caughtUp(): boolean {
    return this.isCaughtUp;
  }

  async run(): Promise<void> {
    while (!this.ended) {
      this.isCaughtUp = false;
      const body = envelope(
        toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema, { after: this.after })),
      );
      // A refused connection, a stream that breaks, one that ends: the reader goes on in the same way.
      await (this.isGrpc ? this.readGrpc(body) : this.readConnect(body)).catch(() => undefined);
      if (!this.ended) await pause(retryMs * (0.5 + Math.random()));
    }
  }

  end(): void {
    this.ended = true;
    this.abort();
  }

  private readConnect(body: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = {
        "content-type": "application/connect+proto",
        "content-length": body.length,
        authorization: `Bearer ${this.token}`,
      };
      const request = http1Request(`${this.url}${path}`, { method: "POST", headers, agent: false });
      this.abort = () => request.destroy();
      request.on("error", reject);
      request.on("response", (response) => this.take(response, resolve, reject));
      request.end(body);
    });
  }

  private readGrpc(body: Buffer): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const session = http2Connect(this.url);
      this.abort = () => session.destroy();
      session.on("error", reject);
      const stream = session.request({
        ":method": "POST",
        ":path": path,
        "content-type": "application/grpc+proto",
        te: "trailers",
        authorization: `Bearer ${this.token}`,
      });
      this.take(stream, resolve, reject);
      stream.end(body);
    }).finally(() => this.abort());
  }

  private take(stream: Readable, resolve: () => void, reject: (error: Error) => void): void {
    let rest: Buffer = Buffer.alloc(0);
    stream.on("data", (chunk: Buffer) => {
      rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      let length = 0;
      let last: Buffer | undefined;
      for (const { flags, message } of envelopes(rest)) {
        length += 5 + message.length;
        // The end of a Connect stream is no message.
        if (flags !== 0) continue;
        last = message;
        if (!this.isCaughtUp || message.includes(marker)) this.receive(message);
      }
      if (last) this.after = fromBinary(SubscribeResponseSchema, last).item.value?.cursor ?? "";
      rest = rest.subarray(length);
    });
    stream.on("close", resolve);
    stream.on("error", reject);
  }

  private receive(message: Buffer): void {
    const { item } = fromBinary(SubscribeResponseSchema, message);
    expect(["gap", "hello", "heartbeat", "caughtUp", "goodbye", "event"]).toContain(item.case);
    expect(item.case).not.toBe("gap");
    if (item.case === "caughtUp") this.isCaughtUp = true;
    if (item.case === "event" && item.value.kind.case === "groupMessage")
      this.texts.push(item.value.kind.value.text);
  }
}

async function inParallel<T>(count: number, atOnce: number, work: (n: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const n = next++;
      results[n] = await work(n);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

test(`a restart and a kill under ${readerCount} readers lose and double nothing`, async () => {
  const file = join(testFolder(), "room.db");
  const server = await restartable(
    file,
    "--keep-events",
    "100000",
    "--max-members",
    "6000",
    "--grace",
    "60s",
  );
  let running = await server.start();
  const chat = createClient(ChatService, createGrpcTransport({ baseUrl: server.url }));
  const readers = await inParallel(readerCount, arrivingAtOnce, async (n) => {
    const { token } = await chat.login({ nickname: `reader${n}` });
    return new Reader(server.url, token, n % grpcEvery === 0);
  });
  const reading: Promise<void>[] = [];
  await inParallel(readerCount, arrivingAtOnce, async (n) => {
    const reader = readers[n]!;
    reading.push(reader.run());
    while (!reader.caughtUp) await pause(10);
  });

  const acknowledged: string[] = [];
  const talking = new AbortController();
  const sending = Array.from({ length: senderCount }, async (_, sender) => {
    const h1 = createClient(ChatService, createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }));
    const { token } = await h1.login({ nickname: `sender${sender}` });
    const options = { headers: { authorization: `Bearer ${token}` }, timeoutMs: 10_000 };
    for (let n = 0; !talking.signal.aborted; n++) {
      const text = `message #${sender}-${n}`;
      // Under the same key until it is acknowledged.
      while (
        !(await h1.broadcast({ text, requestId: text.replace(" #", "-") }, options).catch(() => undefined))
      )
        await pause(retryMs);
      acknowledged.push(text);
      await pause(20);
    }
  });
  const someMore = async () => {
    const before = acknowledged.length;
    await expect
      .poll(() => acknowledged.length - before, { timeout: patienceMs })
      .toBeGreaterThan(messagesBetween);
  };

  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    await someMore();
    await running.stop(signal);
    running = await server.start();
    await expect.poll(() => readers.every(({ caughtUp }) => caughtUp), { timeout: patienceMs }).toBe(true);
  }
  await someMore();
  talking.abort();
  await Promise.all(sending);

  const total = acknowledged.length;
  await expect
    .poll(() => readers.filter(({ texts }) => texts.length < total).length, { timeout: patienceMs })
    .toBe(0);
  for (const reader of readers) reader.end();
  await Promise.all(reading);
  expect(await running.stop("SIGTERM")).toBe(0);

  const { log } = await storedHistory(file);
  const texts = log.flatMap(({ text }) => text ?? []);
  expect(new Set(acknowledged)).toEqual(new Set(texts));
  expect(texts.length).toBe(total);
  const order = texts.join();
  expect(readers.filter((reader) => reader.texts.join() !== order).length).toBe(0);
}, 600_000);
