import { createClient, type Transport } from "@connectrpc/connect";
import { expect, onTestFinished } from "vitest";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import type { App } from "../../server/app.js";
import { createManualClock, type ManualClock } from "../support/manual-clock.js";
import { joinRoom, login, type Person } from "../support/people.js";
import { openServer } from "../support/server.js";
import { connections } from "../support/transports.js";

export type TransportName = keyof typeof connections;

/** Every story runs over each of these. */
export const everyTransport = Object.keys(connections) as TransportName[];

/** A room on a real port, and a transport to it. */
export interface Room {
  readonly app: App;
  readonly transport: Transport;
  /** Moves only by `advance`. The effects of timers arrive over sockets: await them. */
  readonly clock: ManualClock;
  login(nickname: string, requestId?: string): Promise<Person>;
  /** Logs in and is announced; the feed that this takes is closed. One at a time. */
  join(nickname: string): Promise<Person>;
  /** A caller without a token. */
  anonymous(): { chat: ReturnType<typeof createClient<typeof ChatService>> };
  /** See TestServer. */
  hasFeeds(count: number): Promise<void>;
}

/** Closed when the running test is finished; no warning or error may have been logged. */
export async function openRoom(over: TransportName, ...flags: string[]): Promise<Room> {
  const clock = createManualClock();
  const { app, url, logged, hasFeeds, close } = await openServer({ clock, flags });
  const { transport, cut } = connections[over](url);
  onTestFinished(async () => {
    cut();
    await close();
    expect(logged).toEqual([]);
  });
  return {
    app,
    transport,
    clock,
    login: (nickname, requestId) => login(transport, nickname, requestId),
    async join(nickname) {
      const { feeds } = app.counts();
      const person = await joinRoom(transport, nickname);
      await hasFeeds(feeds);
      return person;
    },
    anonymous: () => ({ chat: createClient(ChatService, transport) }),
    hasFeeds,
  };
}
