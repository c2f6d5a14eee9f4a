import { onTestFinished } from "vitest";
import type { Event } from "../../../gen/parlance/v1/event_pb.js";
import { createManualClock, type ManualClock } from "../../../test/support/manual-clock.js";
import { createMemoryStore } from "../../engines/memory.js";
import { testIds } from "../../engines/test-ids.js";
import { decodeEntry } from "../../feed/encoding.js";
import { CountedGuesses } from "../../secrets/guesses.js";
import { ScryptSecrets } from "../../secrets/scrypt.js";
import { decodeDetails, decodeUser, encodeEvent, eventOfEntry } from "../../wire/codec/event.js";
import type { EndReason } from "../errors.js";
import type { Address } from "../identity.js";
import type { Role } from "../log/record.js";
import { readRecord, sees, type Viewer } from "../log/record.js";
import type { Member } from "../members/member.js";
import type { Observation } from "../observer.js";
import { type Store, Unavailable } from "../ports.js";
import { openRoom, type Room } from "../room.js";
import { defaultRoomSettings, type RoomSettings } from "../settings.js";
import { type Actor, actorOf } from "./acting/target.js";

/** A member, and what ended its feed. */
export interface Person {
  readonly member: Member;
  readonly actor: Actor;
  readonly token: string;
  ended(): EndReason | undefined;
}

/** A room on a store whose writes can be made to fail. */
export interface TestRoom {
  readonly room: Room;
  readonly store: Store;
  readonly clock: ManualClock;
  readonly seen: Observation[];
  /** Logs in and opens a feed. */
  join(nickname: string, role?: Role, ip?: string): Promise<Person>;
  login(nickname: string, ip?: string): Promise<Member>;
  /** What a member may see of the log, without joined, left and user_changed. */
  events(viewer: Viewer): Promise<Event["kind"][]>;
  /** From the write with this number on (from 1), the store fails, as if the process were gone. */
  killAt(write: number): void;
  /** Writes since `killAt`. */
  writes(): number;
  /** Another process starts on the store. */
  restart(): Promise<TestRoom>;
}

export const addressOf = (ip: string): Address => ({ ip, budget: ip });

export async function openTestRoom(settings: Partial<RoomSettings> = {}): Promise<TestRoom> {
  const clock = createManualClock();
  const store = createMemoryStore({ clock, ids: testIds });
  await store.open();
  return start(store, clock, settings);
}

async function start(memory: Store, clock: ManualClock, settings: Partial<RoomSettings>): Promise<TestRoom> {
  const seen: Observation[] = [];
  let killedAt = Number.POSITIVE_INFINITY;
  let writes = 0;
  const dying = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      if (++writes >= killedAt) throw new Unavailable("unknown");
      return call(...args);
    };
  };
  const { log, names, values } = memory;
  const store: Store = {
    ...memory,
    log: { ...log, append: dying(log.append) },
    names: { ...names, claim: dying(names.claim), release: dying(names.release) },
    values: { ...values, put: dying(values.put), delete: dying(values.delete) },
  };
  const room = await openRoom({
    store,
    clock,
    ids: testIds,
    observe: (observation) => seen.push(observation),
    encode: encodeEvent,
    decodeUser,
    decodeDetails,
    secrets: new ScryptSecrets(),
    guesses: new CountedGuesses(),
    recentEntries: 0,
    settings: { ...defaultRoomSettings, messagesPerSecond: 0, ...settings },
    deliver: () => undefined,
    lost: () => undefined,
  });
  onTestFinished(() => room.close());

  const enter = (nickname: string, ip = "203.0.113.7") => room.login({ nickname, address: addressOf(ip) });

  return {
    room,
    store,
    clock,
    seen,
    login: async (nickname, ip) => (await enter(nickname, ip)).member,
    async join(nickname, role, ip) {
      const { member, token } = await enter(nickname, ip);
      const ticket = await room.subscribe(member);
      let reason: EndReason | undefined;
      ticket.attach({
        end(ended) {
          reason = ended;
          ticket.close();
        },
        flush: () => undefined,
        readTo: () => undefined,
        isBlocked: () => false,
      });
      if (role) member.change({ registered: true, role });
      return { member, actor: actorOf(member), token, ended: () => reason };
    },
    async events(viewer) {
      const { entries, epoch } = await memory.log.read(null, 10_000);
      return entries
        .filter(({ seq, data }) => sees(viewer, readRecord(data), seq))
        .map((entry) => eventOfEntry(decodeEntry(entry, epoch)).kind)
        .filter(({ case: kind }) => kind !== "joined" && kind !== "left" && kind !== "userChanged");
    },
    killAt(write) {
      writes = 0;
      killedAt = write;
    },
    writes: () => writes,
    restart: () => start(memory, clock, settings),
  };
}
