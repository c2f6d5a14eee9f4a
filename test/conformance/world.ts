import { randomInt } from "node:crypto";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Limits } from "../../gen/parlance/v1/user_pb.js";
import { type Listener, type Person, personOf } from "../support/people.js";
import { NotApplicable } from "./case.js";

/** Longer than this nobody waits for a case. */
const MAX_WAIT_MS = 5_000;

/** What the suite may do to a server that it started itself. */
export interface Own {
  /** How long a member who never opened a feed stays, in milliseconds. */
  readonly idleMs: number;
  /** Another server of the same make, with a room of its own. */
  another(...flags: string[]): Promise<{ readonly world: World; close(): Promise<void> }>;
}

/** A server as a case sees it, over one protocol. */
export interface World {
  readonly url: string;
  readonly transport: Transport;
  /** Someone without a token. */
  readonly stranger: Client<typeof ChatService>;
  readonly limits: Limits;
  readonly heartbeatMs: number;
  readonly graceMs: number;
  /** Absent where the server is somebody else's. */
  readonly own: Own | undefined;
  /** A nickname that nobody bears; all begin with `prefix`. */
  name(): string;
  readonly prefix: string;
  enter(nickname?: string, requestId?: string): Promise<Person>;
  /** Opens a feed and waits until it is live. */
  listen(person: Person, request?: { after?: string; backlog?: number }): Promise<Listener>;
  /** Waits, unless that takes too long for a test. */
  pass(ms: number): Promise<void>;
  /** Ends what the case left open. */
  tidy(): Promise<void>;
}

export interface WorldOptions {
  readonly url: string;
  readonly transport: Transport;
  readonly own?: Own;
}

/** Meets the server: its limits come from a first login. */
export async function meet({ url, transport, own }: WorldOptions): Promise<World> {
  const stranger = createClient(ChatService, transport);
  const prefix = `c${randomInt(10_000, 100_000)}`;
  let names = 0;
  const people = new Set<Person>();
  const listeners = new Set<Listener>();
  const { token, user, limits } = await stranger.login({ nickname: `${prefix}n0` });
  await personOf(transport, user!.nickname, user!.id, token).chat.logout({}, bearing(token));

  return {
    url,
    transport,
    stranger,
    limits: limits!,
    heartbeatMs: durationMs(limits!.heartbeatInterval!),
    graceMs: durationMs(limits!.grace!),
    own,
    prefix,
    name: () => `${prefix}n${++names}`,
    async enter(nickname = `${prefix}n${++names}`, requestId = "") {
      const answer = await stranger.login({ nickname, requestId });
      const person = personOf(transport, answer.user!.nickname, answer.user!.id, answer.token);
      people.add(person);
      return person;
    },
    async listen(person, request = {}) {
      const listener = person.listen(request);
      listeners.add(listener);
      await listener.next("caughtUp");
      return listener;
    },
    async pass(ms) {
      if (ms > MAX_WAIT_MS) throw new NotApplicable(`takes ${ms} ms on this server`);
      await new Promise((resolve) => setTimeout(resolve, ms));
    },
    async tidy() {
      await Promise.all([...people].map((person) => person.chat.logout({}, person.options).catch(() => 0)));
      await Promise.all([...listeners].map((listener) => listener.close()));
      people.clear();
      listeners.clear();
    },
  };
}

const bearing = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
