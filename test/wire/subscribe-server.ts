import type { Interceptor, ServiceImpl } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { createMemoryStore } from "../../server/engines/memory.js";
import { createFeed, type FeedOptions } from "../../server/feed/feed.js";
import { createPort } from "../../server/port/port.js";
import type { Entry, Position, Store } from "../../server/room/ports.js";
import { openRoom } from "../../server/room/room.js";
import { defaultRoomSettings, type RoomSettings } from "../../server/room/settings.js";
import { createAdapter } from "../../server/rpc/adapter.js";
import { acceptCompression, compressMinBytes } from "../../server/rpc/frames.js";
import { createErrorDesk, createGate, createToError } from "../../server/rpc/gate.js";
import { encodeEvent } from "../../server/rpc/payload.js";
import { subscribe } from "../../server/rpc/subscribe.js";
import { systemClock, systemIds } from "../../server/system.js";

export interface TestServerOptions {
  readonly store?: Store;
  readonly feed?: Partial<FeedOptions>;
  readonly settings?: Partial<RoomSettings>;
  readonly heartbeatMs?: number;
}

/** Headers and trailers that an interceptor sets, as operators' interceptors do. */
const marker: Interceptor = (next) => async (request) => {
  const response = await next(request);
  response.header.set("x-head", "header");
  response.trailer.set("x-trail", "trailer");
  return response;
};

/** The room and its feeds on a real port, with the parts of ChatService that feeds need. */
export async function startServer(options: TestServerOptions = {}) {
  const { heartbeatMs = 15_000 } = options;
  const store = options.store ?? createMemoryStore({ clock: systemClock, ids: systemIds });
  await store.open();
  const feed = createFeed({ log: store.log, clock: systemClock, heartbeatMs, ...options.feed });
  const room = await openRoom({
    store,
    clock: systemClock,
    ids: systemIds,
    encode: encodeEvent,
    settings: { ...defaultRoomSettings, messagesPerSecond: 0, graceMs: 60_000, ...options.settings },
    deliver: (entry: Entry, epoch: string) => feed.deliver(entry, epoch),
    lost: (resume: Position) => feed.reset(resume),
  });
  // As text: an error holds on to everything on the stack it was thrown from.
  const faults: string[] = [];
  const fault = (error: unknown) => faults.push(error instanceof Error ? String(error.stack) : String(error));
  const shutdown = new AbortController();
  const service: Partial<ServiceImpl<typeof ChatService>> = {
    subscribe: subscribe({
      room,
      feed,
      clock: systemClock,
      maxBacklog: 500,
      heartbeatMs,
      locale: "en",
      fault,
    }),
  };
  const adapter = createAdapter({
    routes: (router) => router.service(ChatService, service),
    interceptors: [createErrorDesk(createToError({ fallback: "en", fault })), marker, createGate(room)],
    fallback: (_, response) => response.destroy(),
    fault,
    acceptCompression,
    compressMinBytes,
    shutdownSignal: shutdown.signal,
  });
  const port = createPort({ host: "127.0.0.1", port: 0, handler: adapter });
  const address = await port.listen();
  return {
    room,
    feed,
    store,
    faults,
    port,
    url: `http://127.0.0.1:${address.port}`,
    login: async (nickname: string) => room.login(nickname, ""),
    async close() {
      room.beginShutdown();
      await port.close({ limitMs: 1_000, endStreams: () => feed.endAll("SHUTTING_DOWN") });
      await room.close();
      await store.close();
    },
  };
}

export type TestServer = Awaited<ReturnType<typeof startServer>>;
