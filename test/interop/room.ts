import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConnectTransport } from "@connectrpc/connect-node";
import type { Event } from "../../gen/parlance/v1/event_pb.js";
import { type Listener, login, type Person } from "../support/people.js";
import { startServer } from "../support/process.js";

/** A real server that can be restarted, with members in TypeScript. */
export interface Room {
  /** HOST:PORT, the same after a restart. */
  readonly host: string;
  readonly url: string;
  enter(nickname: string): Promise<Member>;
  /** A member for a while, whose feeds do not outlast a restart. */
  visit(nickname: string): Promise<Person>;
  /** Restarts the server on its store; feeds resume. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface Member extends Person {
  /** Every event of the feed, across restarts. */
  events(): readonly Event[];
  /** Waits for an event that matches. */
  receives(what: string, matches: (event: Event) => boolean): Promise<Event>;
}

const RECEIVE_LIMIT_MS = 30_000;
const LOOK_EVERY_MS = 20;

export async function openRoom(...more: string[]): Promise<Room> {
  const folder = await mkdtemp(join(tmpdir(), "parlance-interop-"));
  const flags = [
    "--store",
    `sqlite:${join(folder, "room.db")}`,
    "--locale",
    "en",
    "--heartbeat",
    "2s",
    ...more,
  ];
  let server = await startServer(flags);
  const { url } = server;
  const visit = (nickname: string) =>
    login(createConnectTransport({ baseUrl: url, httpVersion: "1.1" }), nickname);
  const host = new URL(url).host;
  const feeds: { listener: Listener; past: Event[]; person: Person }[] = [];

  return {
    host,
    url,
    visit,
    async enter(nickname) {
      const person = await visit(nickname);
      const feed = { listener: person.listen(), past: [] as Event[], person };
      feeds.push(feed);
      await feed.listener.next("caughtUp");
      const events = () => [...feed.past, ...feed.listener.events];
      return {
        ...person,
        events,
        async receives(what, matches) {
          for (const start = Date.now(); Date.now() - start < RECEIVE_LIMIT_MS; ) {
            const found = events().find(matches);
            if (found) return found;
            await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
          }
          throw new Error(`${nickname} did not receive ${what} within ${RECEIVE_LIMIT_MS} ms`);
        },
      };
    },
    async restart() {
      await server.stop();
      await Promise.all(feeds.map(({ listener }) => listener.ended));
      server = await startServer([...flags, "--listen", host]);
      for (const feed of feeds) {
        const after = feed.listener.cursor;
        feed.past.push(...feed.listener.events);
        feed.listener = feed.person.listen({ after });
        await feed.listener.next("caughtUp");
      }
    },
    async close() {
      await server.stop();
      await Promise.all(feeds.map(({ listener }) => listener.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
