/**
 * Several rooms on one store, as several processes have them. The tests beside this file are one file per promise, which
 * its name completes: several processes admit each name once, keep stays whole, and so on.
 */
import { onTestFinished } from "vitest";
import { createManualClock } from "../../../test/support/manual-clock.js";
import { recordObservations } from "../../../test/support/observations.js";
import { cheapSecrets } from "../../../test/support/secrets.js";
import { boundWrites } from "../../engines/bounded.js";
import { createMemoryStore } from "../../engines/memory.js";
import { testIds } from "../../engines/test-ids.js";
import { decodeDetails, decodeUser, encodeEvent } from "../../wire/codec/event.js";
import type { EndReason } from "../errors.js";
import { type RecordKind, readRecord } from "../log/record.js";
import type { Member } from "../members/member.js";
import { type Clock, type Hint, PositionLost, type Store, Unavailable } from "../ports.js";
import { openRoom, type Room } from "../room.js";
import { defaultRoomSettings } from "../settings.js";
import type { FeedTicket } from "../verbs/subscribe.js";

/** The request_id of a Login that is repeated. */
export const secret = "0123456789abcdef0123";
export const { graceMs, idleMs } = defaultRoomSettings;
export const leaseMs = 10_000;
/** Within this a dead process is noticed and, after the grace period, its members: two inspections of up to 2,750 ms. */
export const noticedMs = 6_000;

/** What a node does at the store; `record`: to write what is kept of a member. */
type Step = "head" | "claim" | "release" | "record";

/** A process; its link to the store can be cut, or only its hints be held back. */
export interface Node {
  readonly room: Room;
  readonly kinds: RecordKind[];
  readonly online: (number | undefined)[];
  readonly resets: (number | undefined)[];
  cut(): void;
  mend(): void;
  /** From here on it has no hints of what the others append. */
  lag(): void;
  /** Each of its calls of the store takes some turns of the event loop. */
  delay(): void;
  /** Its next read of the log finds its place gone. */
  losePlace(): void;
  /** Its link is cut when its next step of this kind is made, and before it learns of that. */
  cutAfter(step: Step): void;
  /** What it sends from now on, or after its next step of this kind, waits for `thaw`. */
  freeze(after?: Step): void;
  thaw(): void;
  /** Nothing of it runs until `resume`, as by SIGSTOP, when its timers have long been due. */
  pause(): void;
  resume(): void;
  /** As by kill -9. */
  kill(): void;
}

/** A clock whose timers can be held back. */
function pausable({ now, monotonic, after }: Clock) {
  let isPaused = false;
  const due = new Set<() => void>();
  const clock: Clock = {
    now,
    monotonic,
    after(ms, call) {
      const cancel = after(ms, () => {
        if (isPaused) due.add(call);
        else call();
      });
      return () => {
        cancel();
        due.delete(call);
      };
    },
  };
  return {
    clock,
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
      const calls = [...due];
      due.clear();
      for (const call of calls) call();
    },
  };
}

export async function openNodes(count = 2, { partitionable = true } = {}) {
  const clock = createManualClock();
  async function createMemory(): Promise<Store> {
    const created = createMemoryStore({ clock, ids: testIds });
    await created.open();
    return created;
  }
  let memory = await createMemory();
  /** Of each node: has it watch the store that there is now. */
  const watches: (() => Promise<unknown>)[] = [];
  const { seen, observe } = recordObservations();

  async function openNode(): Promise<Node> {
    let isCut = false;
    let lags = false;
    let isSlow = false;
    let isLost = false;
    let whenDone: { step: Step; act(): void } | undefined;
    let frozen: { until: Promise<void>; end(): void } | undefined;
    const done = (step: Step) => {
      if (whenDone?.step !== step) return;
      whenDone.act();
      whenDone = undefined;
    };
    const freezeNow = () => {
      let end = () => {};
      const until = new Promise<void>((resolve) => {
        end = resolve;
      });
      frozen = { until, end };
    };
    /** Makes the room read what is new. */
    let readHint = () => {};
    const reached = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => {
      return async (...args: A): Promise<R> => {
        if (frozen) await frozen.until;
        if (isCut) throw new Unavailable("not-applied");
        if (isSlow) await settled();
        const result = await call(...args);
        if (isCut) throw new Unavailable("unknown");
        return result;
      };
    };
    const unbounded: Store = {
      ...memory,
      shared: true,
      partitionable,
      log: {
        append: reached(async (data, options) => {
          const appended = await memory.log.append(data, options);
          readHint();
          return appended;
        }),
        head: reached(async () => {
          const head = await memory.log.head();
          done("head");
          return head;
        }),
        read: reached(async (after, limit) => {
          if (isLost) {
            isLost = false;
            const { epoch, last } = await memory.log.head();
            throw new PositionLost("trimmed", { epoch, seq: last });
          }
          return memory.log.read(after, limit);
        }),
        watch: (hint: Hint) => {
          readHint = () => hint();
          const watch = () =>
            memory.log.watch((entry) => {
              if (!isCut && !lags) hint(entry);
            });
          watches.push(watch);
          return watch();
        },
      },
      names: {
        lease: reached((ttlMs) => memory.names.lease(ttlMs)),
        renew: reached((...renew) => memory.names.renew(...renew)),
        endLease: reached((lease) => memory.names.endLease(lease)),
        claim: reached(async (...claim) => {
          const result = await memory.names.claim(...claim);
          done("claim");
          return result;
        }),
        release: reached(async (...release) => {
          const result = await memory.names.release(...release);
          done("release");
          return result;
        }),
        find: reached((name) => memory.names.find(name)),
        claims: reached(() => memory.names.claims()),
        inspect: reached((...inspect) => memory.names.inspect(...inspect)),
      },
      values: {
        get: reached((key) => memory.values.get(key)),
        put: reached(async (key, ...rest) => {
          const version = await memory.values.put(key, ...rest);
          if (key.startsWith("member:")) done("record");
          return version;
        }),
        delete: reached((...keys) => memory.values.delete(...keys)),
        list: reached((...list) => memory.values.list(...list)),
      },
    };
    const store = boundWrites(unbounded, clock);
    const kinds: RecordKind[] = [];
    const online: (number | undefined)[] = [];
    const resets: (number | undefined)[] = [];
    const { clock: ownClock, pause, resume } = pausable(clock);
    const room = await openRoom({
      ...cheapSecrets(),
      store,
      clock: ownClock,
      ids: testIds,
      observe,
      encode: encodeEvent,
      decodeUser,
      decodeDetails,
      recentEntries: 100,
      settings: { ...defaultRoomSettings, messagesPerSecond: 0 },
      deliver({ data }, _epoch, count) {
        kinds.push(readRecord(data).kind);
        online.push(count);
      },
      lost: (_resume, count) => resets.push(count),
    });
    const kill = () => {
      isCut = true;
      room.beginShutdown();
    };
    onTestFinished(() => room.close());
    return {
      room,
      kinds,
      online,
      resets,
      kill,
      pause,
      resume,
      cut() {
        isCut = true;
      },
      mend() {
        isCut = false;
      },
      lag() {
        lags = true;
      },
      delay() {
        isSlow = true;
      },
      losePlace() {
        isLost = true;
      },
      cutAfter(step) {
        whenDone = {
          step,
          act() {
            isCut = true;
          },
        };
      },
      freeze(after) {
        if (after) whenDone = { step: after, act: freezeNow };
        else freezeNow();
      },
      thaw() {
        frozen?.end();
        frozen = undefined;
      },
    };
  }

  const nodes: Node[] = [];
  for (let i = 0; i < count; i++) nodes.push(await openNode());

  /** Lets time pass, so that what is due has its effect before the next is due. */
  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      clock.advance(Math.min(500, left));
      await settled();
    }
  }
  /** As by FLUSHALL: the store has another epoch, and numbers its entries from 1 again. */
  async function empty(): Promise<void> {
    memory = await createMemory();
    for (const watch of watches) await watch();
  }
  return { a: nodes[0]!, b: nodes[1]!, memory, seen, pass, openNode, empty };
}

export async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A person who calls at any node, with one token. */
export async function login(node: Node, nickname: string, requestId = "") {
  const { token, member } = await node.room.login({ nickname, requestId });
  const at = (other: Node): Promise<Member> => other.room.authenticate(token);
  return { id: member.id, token, at };
}

export async function read(node: Node, person: { at(node: Node): Promise<Member> }) {
  const ticket: FeedTicket = await node.room.subscribe(await person.at(node));
  const ends: EndReason[] = [];
  ticket.attach({
    end(reason) {
      ends.push(reason);
      ticket.close();
    },
    flush: () => undefined,
    isBlocked: () => false,
    readTo: () => undefined,
  });
  return { ticket, ends };
}

export async function namesAt(node: Node): Promise<string[]> {
  const { users } = await node.room.listUsers({ pageSize: 0, pageToken: "", prefix: "" });
  return users.map(({ nickname }) => nickname);
}

export const taken = { reason: "NICKNAME_TAKEN" };
export const notLoggedIn = { reason: "NOT_LOGGED_IN" };
