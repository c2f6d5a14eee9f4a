import { randomInt } from "node:crypto";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Limits } from "../../gen/parlance/v1/limits_pb.js";
import { Entry } from "../../gen/parlance/v1/room_pb.js";
import { type Listener, type Person, personOf } from "../support/people.js";
import { NotApplicable } from "./case.js";
import { noHooks, type RunHook } from "./hooks.js";
import type { TransportTo } from "./protocols.js";

/** A case that would have to wait for longer is not applicable. */
const MAX_WAIT_MS = 5_000;

/** Available only for a server that the suite started itself. */
export interface Managed {
  /** How long a member who never opened a feed stays, in milliseconds. */
  readonly idleMs: number;
  /** Starts another server of the same kind, with a room of its own. */
  another(...flags: string[]): Promise<{ readonly target: Target; close(): Promise<void> }>;
  /** The same on a store that survives a restart, with every hook. */
  withHooks(...flags: string[]): Promise<{ readonly target: Target; close(): Promise<void> }>;
}

/** The server under test, over one protocol. */
export interface Target {
  readonly url: string;
  readonly transport: Transport;
  /** A client without a token. */
  readonly anonymous: Client<typeof ChatService>;
  readonly limits: Limits;
  readonly heartbeatMs: number;
  readonly graceMs: number;
  /** Undefined if the server was given with --url. */
  readonly managed: Managed | undefined;
  readonly hook: RunHook;
  /** An unused nickname; all begin with `prefix`. */
  nickname(): string;
  readonly prefix: string;
  login(nickname?: string, requestId?: string): Promise<Person>;
  /** Logs in and is announced, by a message to itself: a feed that was closed may seem open for a while. */
  join(nickname?: string): Promise<Person>;
  /** The same person, to whom nothing is sent compressed. */
  uncompressed(person: Person): Person;
  /** Opens a feed and waits until it has caught up. */
  subscribe(person: Person, request?: { after?: string; backlog?: number }): Promise<Listener>;
  /** Waits; throws NotApplicable if that takes too long for a test. */
  wait(ms: number): Promise<void>;
  /** Closes the feeds and sessions that a case left open. */
  cleanUp(): Promise<void>;
}

export interface TargetOptions {
  readonly url: string;
  readonly transportTo: TransportTo;
  readonly managed?: Managed;
  readonly hook?: RunHook;
}

/** From a first login; or from GetRoom, in a room that guests may not enter. */
async function limitsOf(anonymous: Client<typeof ChatService>, nickname: string): Promise<Limits> {
  const { room, limits: known } = await anonymous.getRoom({});
  if (room && room.entry !== Entry.OPEN && known) return known;
  const { token, user, limits } = await anonymous.login({ nickname });
  await anonymous.logout({}, { headers: { authorization: `Bearer ${token}` } });
  if (!user || !limits) throw new Error("Login returned no user or no limits");
  return limits;
}

/** Connects to the server under test. */
export async function connect({ url, transportTo, managed, hook = noHooks }: TargetOptions): Promise<Target> {
  const transport = transportTo(url);
  const anonymous = createClient(ChatService, transport);
  // Random, so that runs against the same server do not collide.
  const prefix = `c${randomInt(10_000, 100_000)}`;
  let nicknames = 0;
  const nickname = () => `${prefix}n${++nicknames}`;
  const people = new Set<Person>();
  const listeners = new Set<Listener>();
  const login = async (name = nickname(), requestId = "") => {
    const response = await anonymous.login({ nickname: name, requestId });
    const person = personOf(transport, response.user!.nickname, response.user!.id, response.token);
    people.add(person);
    return person;
  };
  const limits = await limitsOf(anonymous, `${prefix}n0`);

  return {
    url,
    transport,
    anonymous,
    limits,
    heartbeatMs: durationMs(limits.heartbeatInterval!),
    graceMs: durationMs(limits.grace!),
    managed,
    hook,
    prefix,
    nickname,
    login,
    async join(name) {
      const person = await login(name);
      await person.sendTo(person.nickname, "note to self");
      return person;
    },
    uncompressed: ({ nickname, id, token }) =>
      personOf(transportTo(url, { compressed: false }), nickname, id, token),
    async subscribe(person, request = {}) {
      const listener = person.listen(request);
      listeners.add(listener);
      await listener.next("caughtUp");
      return listener;
    },
    async wait(ms) {
      if (ms > MAX_WAIT_MS) throw new NotApplicable(`takes ${ms} ms on this server`);
      await new Promise((resolve) => setTimeout(resolve, ms));
    },
    async cleanUp() {
      await Promise.all([...people].map((person) => person.chat.logout({}, person.options).catch(() => 0)));
      await Promise.all([...listeners].map((listener) => listener.close()));
      people.clear();
      listeners.clear();
    },
  };
}
