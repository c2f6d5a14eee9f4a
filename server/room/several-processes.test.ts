/** Two rooms on one store, as two processes have them. */
import { expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../../test/support/manual-clock.js";
import { recordObservations } from "../../test/support/observations.js";
import { cheapSecrets } from "../../test/support/secrets.js";
import { boundWrites } from "../engines/bounded.js";
import { createMemoryStore } from "../engines/memory.js";
import { testIds } from "../engines/test-ids.js";
import { decodeDetails, decodeUser, encodeEvent } from "../wire/codec/event.js";
import { type EndReason, Refusal } from "./errors.js";
import { NONCE_BYTES, type RecordKind, readRecord, writeRecord } from "./log/record.js";
import type { Member } from "./members/member.js";
import { operator } from "./order/acting/target.js";
import { type Clock, type Hint, PositionLost, type Store, Unavailable } from "./ports.js";
import { openRoom, type Room } from "./room.js";
import { defaultRoomSettings } from "./settings.js";
import type { FeedTicket } from "./verbs/subscribe.js";

const secret = "0123456789abcdef0123";
const { graceMs, idleMs } = defaultRoomSettings;
const leaseMs = 10_000;
/** Within this a dead process is noticed and, after the grace period, its members: two inspections of up to 2,750 ms. */
const noticedMs = 6_000;

/** What a node does at the store; `record`: to write what is kept of a member. */
type Step = "head" | "claim" | "release" | "record";

/** A process; its link to the store can be cut, or only its hints be held back. */
interface Node {
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

async function openNodes(count = 2, { partitionable = true } = {}) {
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

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A person who calls at any node, with one token. */
async function login(node: Node, nickname: string, requestId = "") {
  const { token, member } = await node.room.login({ nickname, requestId });
  const at = (other: Node): Promise<Member> => other.room.authenticate(token);
  return { id: member.id, token, at };
}

async function read(node: Node, person: { at(node: Node): Promise<Member> }) {
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

async function namesAt(node: Node): Promise<string[]> {
  const { users } = await node.room.listUsers({ pageSize: 0, pageToken: "", prefix: "" });
  return users.map(({ nickname }) => nickname);
}

const taken = { reason: "NICKNAME_TAKEN" };
const notLoggedIn = { reason: "NOT_LOGGED_IN" };

test("of 40 names that two nodes are asked for at once, each is given once, and so are look-alikes", async () => {
  const { a, b } = await openNodes();
  for (let i = 0; i < 40; i++) {
    const other = i % 2 === 0 ? `coco${i}` : `сосо${i}`;
    const both = await Promise.allSettled([login(a, `coco${i}`), login(b, other)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(both.find(({ status }) => status === "rejected")).toMatchObject({ reason: taken });
  }
});

test("a name that was given up at one node is free at the other, before that has heard of it", async () => {
  const { a, b } = await openNodes();
  b.lag();
  const ada = await login(a, "ada");
  await read(a, ada);
  await a.room.logout(await ada.at(a));
  const next = await login(b, "ada");
  expect(next.id).not.toBe(ada.id);
  await read(b, next);
  expect(await namesAt(a)).toEqual(["ada"]);
  expect(await namesAt(b)).toEqual(["ada"]);
});

test("one Login at two nodes at once admits one member, whose tokens are all valid everywhere", async () => {
  const { a, b } = await openNodes();
  const tries = await Promise.all([a, b, a, b].map((node) => login(node, "ada", secret)));
  expect(new Set(tries.map(({ id }) => id)).size).toBe(1);
  for (const one of tries) for (const node of [a, b]) expect((await one.at(node)).id).toBe(one.id);
  await b.room.logout(await tries[0]!.at(b));
  for (const one of tries)
    for (const node of [a, b]) await expect(one.at(node)).rejects.toMatchObject(notLoggedIn);
  expect((await login(a, "ada", secret)).id).not.toBe(tries[0]!.id);
});

test("a Login that fails late at one node ends nothing of what its retry at another was given", async () => {
  const { a, b, pass } = await openNodes();
  a.freeze("claim");
  const failing = login(a, "ada", secret);
  const refused = expect(failing).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  await settled();
  await pass(3_000);
  // What it was about to write is written only now, and what it does next waits again.
  a.thaw();
  a.freeze("release");
  await settled();
  const ada = await login(b, "ada", secret);
  a.thaw();
  await refused;
  await settled();
  for (const node of [a, b]) expect((await ada.at(node)).id).toBe(ada.id);
  await read(b, ada);
  expect(await namesAt(a)).toEqual(["ada"]);
});

test("a Login whose response was lost is the same at another node, and what is left of none is free", async () => {
  const { a, b, memory, pass } = await openNodes();
  const unavailable = { reason: "STORE_UNAVAILABLE" };
  for (const nickname of ["ada", "bob"]) {
    a.cutAfter("record");
    await expect(login(a, nickname, secret)).rejects.toMatchObject(unavailable);
    a.mend();
  }
  const ada = await login(b, "ada", secret);
  await pass(5_000);
  for (const node of [a, b]) expect((await ada.at(node)).id).toBe(ada.id);
  expect((await memory.names.claims()).map(({ name }) => name)).toEqual(["ada"]);
});

test("a member that logged in at one node speaks at the other, and both list the member", async () => {
  const { a, b } = await openNodes();
  const ada = await login(a, "Ada");
  b.lag();
  const sent = await b.room.broadcast(await ada.at(b), "hello", "");
  expect(sent.seq).toBe(2);
  for (const node of [a, b]) {
    expect(await namesAt(node)).toEqual(["Ada"]);
    expect(node.kinds).toEqual(["joined", "group_message"]);
    expect(node.online).toEqual([1, 1]);
  }
  const page = await a.room.listEvents(await ada.at(a), { before: "", after: "", pageSize: 0 });
  expect(page.entries).toHaveLength(2);
});

test("lists and history contain what another node has returned, however late this one learns of it", async () => {
  const { a, b } = await openNodes();
  const ada = await login(a, "ada");
  await b.room.broadcast(await ada.at(b), "hello", "");
  b.lag();
  const atB = await ada.at(b);
  for (let i = 0; i < 10; i++) {
    const guest = await login(a, `guest${i}`);
    const sent = await a.room.broadcast(await guest.at(a), "hello", "");
    const page = await b.room.listEvents(atB, { before: "", after: "", pageSize: 1 });
    expect(page.entries.map(({ seq }) => seq)).toEqual([sent.seq]);
    const next = await login(a, `next${i}`);
    await a.room.broadcast(await next.at(a), "hello", "");
    expect(await namesAt(b)).toHaveLength(2 * i + 3);
  }
});

test("a member's home is where it opened its latest feed, also if that is not known to have been opened", async () => {
  const { a, b, memory, pass } = await openNodes();
  const ada = await login(a, "ada");
  const first = await read(a, ada);
  const atA = (await memory.names.find("ada"))!.lease;
  b.cutAfter("claim");
  await expect(read(b, ada)).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  expect((await memory.names.find("ada"))!.lease).not.toBe(atA);
  b.mend();
  first.ticket.close();
  await pass(3 * graceMs + idleMs);
  for (const node of [a, b]) expect(node.kinds).toEqual(["joined", "left"]);
});

test("the same request_id at two nodes is one message", async () => {
  const { a, b } = await openNodes();
  const ada = await login(a, "ada");
  const first = await a.room.broadcast(await ada.at(a), "hello", "r1");
  const again = await b.room.broadcast(await ada.at(b), "hello", "r1");
  expect(again).toEqual({ ...first, duplicate: true });
});

test("a private message reaches a member of the other node", async () => {
  const { a, b } = await openNodes();
  const [ada, bob] = [await login(a, "ada"), await login(b, "bob")];
  await read(b, bob);
  a.lag();
  const request = { recipient: "BOB", recipientId: "", text: "psst", requestId: "" };
  const sent = await a.room.sendTo(await ada.at(a), request);
  expect(sent).toMatchObject({ recipientId: bob.id, recipientPresence: "UNSPECIFIED" });
  expect(b.kinds).toEqual(["joined", "joined", "private_message"]);
  const unknown = a.room.sendTo(await ada.at(a), { ...request, recipient: "eve" });
  await expect(unknown).rejects.toMatchObject({ reason: "USER_NOT_FOUND" });
});

test("a member that ignores messages at one node sends none at the other, however late that learns of it", async () => {
  const { a, b } = await openNodes();
  const ada = await login(a, "ada");
  await b.room.broadcast(await ada.at(b), "hello", "");
  b.lag();
  for (let i = 0; i < 20; i++) {
    const ignoring = await a.room.toggleIgnore(await ada.at(a), undefined, "");
    expect(ignoring.ignoring).toBe(true);
    const refused = b.room.broadcast(await ada.at(b), "hello", "");
    await expect(refused).rejects.toMatchObject({ reason: "IGNORING" });
    expect((await a.room.toggleIgnore(await ada.at(a), undefined, "")).ignoring).toBe(false);
    await b.room.broadcast(await ada.at(b), "hello", "");
  }
});

test("a node that takes an ignoring member over sends no message of it, however late it learns of the toggle", async () => {
  const { a, b, pass } = await openNodes();
  const ada = await login(a, "ada");
  await b.room.broadcast(await ada.at(b), "hello", "");
  const opened = await read(b, ada);
  b.lag();
  for (let i = 0; i < 3; i++) {
    await a.room.toggleIgnore(await ada.at(a), true, "");
    await read(b, ada);
    const ignoring = { reason: "IGNORING" };
    await expect(b.room.broadcast(await ada.at(b), "hello", "")).rejects.toMatchObject(ignoring);
    await a.room.toggleIgnore(await ada.at(a), false, "");
    await b.room.broadcast(await ada.at(b), "hello", "");
  }
  // Paused past its lease, it claims its members' names again.
  b.pause();
  await pass(2 * leaseMs);
  await a.room.toggleIgnore(await ada.at(a), true, "");
  b.resume();
  await settled();
  await expect(b.room.broadcast(await ada.at(b), "hello", "")).rejects.toMatchObject({ reason: "IGNORING" });
  expect(opened.ends).toEqual([]);
});

test("a member whose claim moves faster than a node can follow is neither refused as logged out nor taken for gone", async () => {
  const { a, b } = await openNodes();
  const ada = await login(a, "ada");
  await b.room.broadcast(await ada.at(b), "hello", "");
  const [atA, atB] = [await ada.at(a), await ada.at(b)];
  b.delay();
  const message = { recipient: "ada", recipientId: "", text: "note", requestId: "" };
  const calls = [() => b.room.sendTo(atB, message), () => b.room.logout(atB)];
  for (const call of calls) {
    let outcome: unknown;
    const calling = call().catch((error: unknown) => {
      outcome = error;
    });
    for (let i = 0; i < 2_000 && outcome === undefined; i++) {
      await a.room.toggleIgnore(atA, undefined, "");
      await new Promise((resolve) => setImmediate(resolve));
    }
    await calling;
    expect(outcome).toMatchObject({ reason: "STORE_UNAVAILABLE" });
  }
  for (const node of [a, b]) expect(await namesAt(node)).toEqual(["ada"]);
  await b.room.sendTo(await ada.at(b), message);
  await b.room.logout(await ada.at(b));
  for (const node of [a, b]) expect(await namesAt(node)).toEqual([]);
});

test("a silent member's toggle is known at every node", async () => {
  const { a, b, openNode } = await openNodes();
  const ada = await login(a, "ada");
  await a.room.toggleIgnore(await ada.at(a), true, "");
  const late = await openNode();
  await read(a, ada);
  for (const node of [b, late])
    await expect(node.room.broadcast(await ada.at(node), "x", "")).rejects.toMatchObject({
      reason: "IGNORING",
    });
});

test("Logout at one node ends the feeds at the other, and the token everywhere", async () => {
  const { a, b } = await openNodes();
  const ada = await login(a, "ada");
  const { ends } = await read(a, ada);
  await b.room.logout(await ada.at(b));
  expect(ends).toEqual(["LOGGED_OUT"]);
  for (const node of [a, b]) {
    await expect(ada.at(node)).rejects.toMatchObject(notLoggedIn);
    expect(await namesAt(node)).toEqual([]);
    expect(node.online).toEqual([1, 0]);
  }
});

test("calls and feeds at the other node keep a member in the room; without them it leaves once", async () => {
  const { a, b, pass } = await openNodes();
  const ada = await login(a, "ada");
  const first = await read(a, ada);
  const second = await read(b, ada);
  second.ticket.close();
  // The home is b now, where the member is not seen any more; its feed is at a.
  await pass(4 * graceMs);
  expect(await namesAt(b)).toEqual(["ada"]);
  first.ticket.close();
  for (let i = 0; i < 6; i++) {
    await pass(graceMs / 2);
    await ada.at(a);
  }
  expect(a.kinds).toEqual(["joined"]);
  await pass(3 * graceMs);
  for (const node of [a, b]) expect(node.kinds).toEqual(["joined", "left"]);
});

test("a silent member that is not seen any more is gone from every node", async () => {
  const { a, b, pass } = await openNodes();
  const ada = await login(a, "ada");
  await ada.at(b);
  await pass(3 * idleMs);
  for (const node of [a, b]) expect(node.room.counts()).toEqual({ members: 0, silent: 0 });
  await login(b, "ada");
});

test("after kill -9 of its node a member that reads elsewhere stays, and another one leaves once", async () => {
  const { a, b, seen, pass } = await openNodes();
  const [ada, bob, cy] = [await login(a, "ada"), await login(a, "bob"), await login(a, "cy")];
  await read(a, ada);
  await read(a, bob);
  a.kill();
  const back = await read(b, ada);
  await pass(leaseMs + graceMs + noticedMs);
  expect(b.kinds).toEqual(["joined", "joined", "left"]);
  expect(await namesAt(b)).toEqual(["ada"]);
  await b.room.broadcast(await ada.at(b), "still here", "");
  back.ticket.close();
  await pass(idleMs + leaseMs);
  expect(b.kinds).toEqual(["joined", "joined", "left", "group_message", "left"]);
  await expect(cy.at(b)).rejects.toMatchObject(notLoggedIn);
  const kinds = seen.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === "claim_taken_over")).toHaveLength(1);
  expect(kinds.filter((kind) => kind === "member_reaped")).toHaveLength(1);
  expect(b.room.sharing().leaseAgeMs).toBeLessThan(leaseMs / 2);
});

test("a node that was away past its lease goes on with its members, and those who came back elsewhere are not its own", async () => {
  const { a, b, pass } = await openNodes();
  const [ada, bob] = [await login(a, "ada"), await login(a, "bob")];
  const ofAda = await read(a, ada);
  await read(a, bob);
  a.cut();
  await pass(leaseMs + 5_000);
  await expect(a.room.broadcast(await bob.at(a), "x", "")).rejects.toMatchObject({
    reason: "STORE_UNAVAILABLE",
  });
  await read(b, ada);
  a.mend();
  await pass(5_000);
  ofAda.ticket.close();
  await read(a, bob);
  await a.room.broadcast(await bob.at(a), "here again", "");
  await b.room.broadcast(await ada.at(b), "me too", "");
  await pass(3 * graceMs);
  for (const node of [a, b])
    expect(node.kinds).toEqual(["joined", "joined", "group_message", "group_message"]);
});

test("a node past lease and grace finds its members gone, and ends their feeds", async () => {
  const { a, b, pass } = await openNodes();
  const bob = await login(a, "bob");
  const { ends } = await read(a, bob);
  a.cut();
  await pass(leaseMs + graceMs + noticedMs);
  expect(b.kinds).toEqual(["joined", "left"]);
  a.mend();
  await pass(5_000);
  expect(ends).toEqual(["CUT_OFF"]);
  await expect(bob.at(a)).rejects.toMatchObject(notLoggedIn);
});

test("a node that is cut off ends its feeds once its lease has ended, and not before", async () => {
  const { a, seen, pass } = await openNodes();
  const [ada, bob] = [await login(a, "ada"), await login(a, "bob")];
  const feeds = [await read(a, ada), await read(a, bob)];
  const ends = () => feeds.map((feed) => feed.ends);
  const changes = () => seen.filter(({ kind }) => kind === "store_cut_off" || kind === "store_reached");
  a.cut();
  await pass(leaseMs - 3_000);
  a.mend();
  await pass(3_000);
  a.cut();
  await pass(leaseMs - 3_000);
  expect([ends(), changes()]).toEqual([[[], []], []]);
  await pass(4_000);
  expect(ends()).toEqual([["CUT_OFF"], ["CUT_OFF"]]);
  await expect(read(a, ada)).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  a.mend();
  await pass(3_000);
  expect(changes().map(({ kind }) => kind)).toEqual(["store_cut_off", "store_reached"]);
  const again = await read(a, ada);
  await pass(2 * leaseMs);
  expect(again.ends).toEqual([]);
});

test("nodes that lose a store together, which none reaches without the others, end no feeds", async () => {
  const { a, b, seen, pass } = await openNodes(2, { partitionable: false });
  const [ada, bob] = [await login(a, "ada"), await login(b, "bob")];
  const feeds = [await read(a, ada), await read(b, bob)];
  for (const node of [a, b]) node.cut();
  await pass(leaseMs + graceMs + 5_000);
  for (const node of [a, b]) node.mend();
  await pass(5_000);
  expect(feeds.map(({ ends }) => ends)).toEqual([[], []]);
  expect(seen.map(({ kind }) => kind)).not.toContain("store_cut_off");
  await b.room.broadcast(await ada.at(b), "still here", "");
  await a.room.broadcast(await bob.at(a), "me too", "");
});

test("the feeds of a node that was only paused past its lease go on", async () => {
  const { a, seen, pass } = await openNodes(1);
  const ada = await login(a, "ada");
  const { ends } = await read(a, ada);
  a.pause();
  await pass(2 * leaseMs);
  // Its connection has timed out, too, and is made again.
  a.cut();
  a.resume();
  await settled();
  a.mend();
  await pass(5_000);
  expect(ends).toEqual([]);
  expect(seen.map(({ kind }) => kind)).not.toContain("store_cut_off");
  await a.room.broadcast(await ada.at(a), "still here", "");
});

test("a node that was paused reads what members sent meanwhile before it takes them for gone", async () => {
  const { a, pass } = await openNodes(1);
  const ada = await login(a, "ada");
  a.pause();
  await pass(2 * idleMs);
  a.resume();
  await a.room.broadcast(await ada.at(a), "sent while the node stood still", "");
  await pass(1_000);
  await a.room.broadcast(await ada.at(a), "still here", "");
  await pass(2 * idleMs);
  await expect(ada.at(a)).rejects.toMatchObject(notLoggedIn);
});

test("while the store is away no grace period runs", async () => {
  const { a, b, pass } = await openNodes();
  const ada = await login(a, "ada");
  (await read(a, ada)).ticket.close();
  a.cut();
  b.cut();
  await pass(3 * graceMs);
  a.mend();
  b.mend();
  await pass(graceMs - 5_000);
  await ada.at(b);
  expect(b.kinds).toEqual(["joined"]);
});

test("a Logout that fails leaves the member in the room, and a call meanwhile is not refused as logged out", async () => {
  const { a } = await openNodes();
  const ada = await login(a, "ada");
  await read(a, ada);
  const member = await ada.at(a);
  const leaving = a.room.logout(member);
  const call = ada.at(a);
  a.cut();
  await expect(leaving).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  expect((await call).id).toBe(ada.id);
  a.mend();
  await a.room.logout(await ada.at(a));
  await expect(ada.at(a)).rejects.toMatchObject(notLoggedIn);
});

test("a node that lost its place makes its roster anew, and gives no count until then", async () => {
  const { a, b, pass } = await openNodes();
  const [ada, bob] = [await login(a, "ada"), await login(a, "bob")];
  const { ends } = await read(b, ada);
  await read(a, bob);
  b.lag();
  b.losePlace();
  await a.room.logout(await ada.at(a));
  const cy = await login(a, "cy");
  await read(a, cy);
  await pass(2_000);
  expect(await namesAt(b)).toEqual(["bob", "cy"]);
  expect(b.resets).toEqual([undefined, 2]);
  expect(ends).toEqual(["SESSION_EXPIRED"]);
});

test("a program and a moderator are that at every node, also at one that is started later or lost its place", async () => {
  const { a, b, memory, pass, openNode } = await openNodes();
  const ada = await login(a, "ada");
  await read(a, ada);
  const { person } = await ada.at(a);
  const user = { ...person, registered: true, role: "MODERATOR" } as const;
  const times = { registeredAt: 0, lastSeenAt: 0 };
  const registration = { id: ada.id, nickname: "ada", role: "MODERATOR", ignoring: false, ...times };
  await memory.values.put("reg:ada", new TextEncoder().encode(JSON.stringify(registration)));
  const nonce = testIds.bytes(NONCE_BYTES);
  await memory.log.append(writeRecord({ kind: "user_changed", user }, encodeEvent, nonce));
  b.lag();
  b.losePlace();
  const { member: rob } = await a.room.login({ nickname: "rob", bot: true });
  await a.room.subscribe(rob);
  await pass(2_000);
  for (const node of [a, b, await openNode()]) {
    const { users } = await node.room.listUsers({ pageSize: 0, pageToken: "", prefix: "" });
    expect(users).toEqual([user, { ...rob.participant, joinTime: rob.person.joinTime, bot: true }]);
    expect([...node.room.concernedBy({ kind: "moderated", ids: [] })]).toEqual([ada.id]);
  }
});

test("after the store was emptied all nodes agree again on who is there, who ignores and who leaves", async () => {
  const { a, b, pass, empty } = await openNodes();
  const before = [await login(a, "ada"), await login(b, "bob")];
  const feeds = [await read(a, before[0]!), await read(b, before[1]!)];
  for (let i = 0; i < 10; i++) await a.room.broadcast(await before[0]!.at(a), "before", "");
  await empty();
  await pass(2_000);
  expect(feeds.map(({ ends }) => ends)).toEqual([["SESSION_EXPIRED"], ["SESSION_EXPIRED"]]);
  const [ada, bob] = [await login(a, "ada"), await login(b, "bob")];
  await read(a, ada);
  await read(b, bob);
  for (const node of [a, b]) expect(await namesAt(node)).toEqual(["ada", "bob"]);
  await a.room.toggleIgnore(await ada.at(a), true, "");
  await expect(b.room.broadcast(await ada.at(b), "x", "")).rejects.toMatchObject({ reason: "IGNORING" });
  await b.room.logout(await bob.at(b));
  for (const node of [a, b]) expect(await namesAt(node)).toEqual(["ada"]);
  for (const one of before)
    for (const node of [a, b]) await expect(one.at(node)).rejects.toMatchObject(notLoggedIn);
});

test("what a member's feed was written at one node is not reported as undelivered by another", async () => {
  const { a, b } = await openNodes();
  const [ada, bob] = [await login(a, "ada"), await login(a, "bob")];
  await read(a, ada);
  const { ticket } = await read(b, bob);
  const say = async (text: string) =>
    a.room.sendTo(await ada.at(a), { recipient: "bob", recipientId: "", text, requestId: "" });
  const [first] = [await say("one"), await say("two")];
  ticket.viewer.unwritten.written([first.seq]);
  await settled();
  await a.room.logout(await bob.at(a));
  expect(a.kinds.slice(-2)).toEqual(["undelivered", "left"]);
  expect(b.kinds.filter((kind) => kind === "undelivered")).toHaveLength(1);
});

test("a message that one node has acknowledged is reported by another one where its recipient leaves next", async () => {
  const { a, b } = await openNodes();
  const [ada, bob] = [await login(a, "ada"), await login(a, "bob")];
  await read(a, ada);
  await a.room.broadcast(await bob.at(a), "hello", "");
  const bobAtB = await bob.at(b);
  b.lag();
  const request = { recipient: "bob", recipientId: "", text: "psst", requestId: "" };
  await a.room.sendTo(await ada.at(a), request);
  await b.room.logout(bobAtB);
  expect(a.kinds.slice(-3)).toEqual(["private_message", "undelivered", "left"]);
});

test("a message that one node appends in the moment in which its recipient leaves at another is reported, too", async () => {
  const { a, b } = await openNodes();
  const [ada, bob] = [await login(a, "ada"), await login(a, "bob")];
  await read(a, ada);
  const bobAtB = await bob.at(b);
  await b.room.broadcast(bobAtB, "hello", "");
  b.freeze("head");
  const leaving = b.room.logout(bobAtB);
  await settled();
  await a.room.sendTo(await ada.at(a), { recipient: "bob", recipientId: "", text: "psst", requestId: "" });
  b.thaw();
  await leaving;
  await settled();
  expect(a.kinds.slice(-3)).toEqual(["private_message", "left", "undelivered"]);
});

test("a node that is closed has recorded its members' feeds before its store is closed", async () => {
  const { a, b, seen } = await openNodes();
  const ada = await login(a, "ada");
  b.delay();
  await read(b, ada);
  await b.room.close();
  b.cut();
  await settled();
  expect(seen).not.toContainEqual(expect.objectContaining({ kind: "member_write_failed" }));
});

test("records of a newer version are passed over, with one warning", async () => {
  const { a, memory, seen } = await openNodes(1);
  for (const record of [Uint8Array.of(3, 1, 9), Uint8Array.of(2, 99)]) await memory.log.append(record);
  const ada = await login(a, "ada");
  await a.room.broadcast(await ada.at(a), "hello", "");
  expect(a.kinds).toEqual(["unknown", "unknown", "joined", "group_message"]);
  expect(seen.filter(({ kind }) => kind === "log_record_unknown")).toEqual([
    { kind: "log_record_unknown", seq: 1 },
  ]);
  const page = await a.room.listEvents(await ada.at(a), { before: "", after: "", pageSize: 0 });
  expect(page.entries).toHaveLength(2);
});

/** A generator of numbers below a bound, the same for a seed (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Who is in the room, by the log alone; throws where it breaks a promise about stays. */
function stays(events: readonly { kind: RecordKind; id: string; name: string }[]): string[] {
  const present = new Map<string, string>();
  for (const { kind, id, name } of events) {
    if (kind === "joined") {
      if (present.has(name)) throw new Error(`${name} joined twice`);
      present.set(name, id);
    } else if (![...present.values()].includes(id)) throw new Error(`${kind} of ${id}, who is not present`);
    if (kind === "left") for (const [name, holder] of present) if (holder === id) present.delete(name);
  }
  return [...present.keys()].sort();
}

test.each(Array.from({ length: 8 }, (_, i) => i + 1))(
  "whatever happens at three nodes, stays are whole and all nodes agree on them (seed %d)",
  async (seed) => {
    const below = numbers(seed);
    const { a, b, memory, pass, openNode } = await openNodes();
    const nodes = [a, b, await openNode()];
    const people: { id: string; at(node: Node): Promise<Member> }[] = [];
    const open: FeedTicket[] = [];
    const some = <T>(values: readonly T[]): T | undefined => values[below(values.length)];
    const refused = async (work: Promise<unknown>) => {
      try {
        await work;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
      }
    };
    const steps: ((node: Node) => Promise<unknown>)[] = [
      async (node) => people.push(await login(node, ["ada", "bob", "cy", "сосо", "coco"][below(5)]!)),
      async (node) => {
        const person = some(people);
        if (person) open.push((await read(node, person)).ticket);
      },
      async (node) => {
        const person = some(people);
        if (person) await node.room.broadcast(await person.at(node), "hello", "");
      },
      async (node) => {
        const person = some(people);
        if (person) await node.room.toggleIgnore(await person.at(node), undefined, "");
      },
      async (node) => {
        const person = below(3) === 0 ? some(people) : undefined;
        if (person) await node.room.logout(await person.at(node));
      },
      async () => open.splice(0, below(3)).map((ticket) => ticket.close()),
      async (node) => {
        node.cut();
        await pass(below(60_000));
        node.mend();
      },
      async () => pass(below(20_000)),
    ];
    for (let i = 0; i < 150; i++) {
      const both = [some(steps)!(some(nodes)!), some(steps)!(some(nodes)!)];
      await Promise.all(both.map(refused));
    }
    for (const ticket of open) ticket.close();
    await pass(5_000);
    const { entries } = await memory.log.read(null, 100_000);
    const events = entries
      .map(({ data }) => readRecord(data))
      .filter(({ kind }) => !kind.startsWith("ignore"));
    const inLog = stays(
      events.map((record) => ({
        kind: record.kind,
        id: record.ids[0]!,
        name: record.kind === "joined" ? decodeUser(record).nickname : "",
      })),
    );
    const announced = (await memory.names.claims()).filter((claim) => claim.announced);
    expect(announced.map(({ name }) => name).sort()).toEqual(inLog);
    for (const node of nodes) expect((await namesAt(node)).sort()).toEqual(inLog);
    await pass(3 * idleMs);
    for (const node of nodes) expect(node.room.counts()).toEqual({ members: 0, silent: 0 });
    expect(await memory.names.claims()).toEqual([]);
  },
);

/** The operator's call of moderation for a guest. */
const against = (nickname: string) => ({ userId: "", nickname, reason: "flood", eraseSinceMs: 0 });
const banning = (nickname: string, network = "") => ({
  ...against(nickname),
  network,
  spareAddress: false,
  allowWide: false,
});

test("a kick at one node ends the feeds at the other, and the token everywhere", async () => {
  const { a, b } = await openNodes();
  const mallory = await login(b, "mallory");
  const { ends } = await read(b, mallory);
  await a.room.moderation.kick(operator, against("mallory"));
  await settled();
  expect(ends).toEqual(["REMOVED"]);
  for (const node of [a, b]) await expect(mallory.at(node)).rejects.toMatchObject(notLoggedIn);
  await login(b, "mallory");
});

test("a ban at one node holds at the other, and until it is lifted, however late it learns of either", async () => {
  const { a, b, openNode } = await openNodes();
  const mallory = await login(b, "mallory");
  const { ends } = await read(b, mallory);
  const made = await a.room.moderation.ban(operator, banning("mallory"));
  await settled();
  expect(ends).toEqual(["BANNED"]);
  b.lag();
  const again = await a.room.moderation.ban(operator, banning("oscar"));
  for (const [nickname, reference] of [
    ["mallory", made.id],
    ["oscar", again.id],
  ] as const)
    for (const node of [a, b, await openNode()])
      await expect(node.room.login({ nickname })).rejects.toMatchObject({
        reason: "BANNED",
        detail: { reference },
      });
  a.lag();
  await b.room.moderation.unban(operator, again.id);
  await login(a, "oscar");
});

test("the ban of a network ends the stays of those from there, at whichever node they are", async () => {
  const { a, b } = await openNodes();
  const from = (ip: string) => ({ ip, budget: ip });
  const enter = async (nickname: string, ip: string) => {
    const { token, member } = await b.room.login({ nickname, address: from(ip) });
    return { id: member.id, at: (node: Node) => node.room.authenticate(token, from(ip)) };
  };
  const inside = await read(b, await enter("inside", "203.0.113.5"));
  const outside = await read(b, await enter("outside", "203.0.114.5"));
  const silent = await enter("silent", "203.0.113.6");
  await a.room.moderation.ban(operator, banning("", "203.0.113.0/24"));
  await settled();
  expect([inside.ends, outside.ends]).toEqual([["BANNED"], []]);
  await expect(silent.at(b)).rejects.toMatchObject(notLoggedIn);
  expect(await namesAt(a)).toEqual(["outside"]);
});

test("a guest is banned with its address, which only the other node knows", async () => {
  const { a, b } = await openNodes();
  const address = { ip: "203.0.113.9", budget: "203.0.113.9" };
  const { member } = await b.room.login({ nickname: "mallory", address });
  await b.room.broadcast(member, "spam", "");
  const made = await a.room.moderation.ban(operator, banning("mallory"));
  expect(made.network).toBe("203.0.113.9/32");
});

test("a mute at one node holds at the other, however late that learns of it", async () => {
  const { a, b } = await openNodes();
  const mallory = await login(a, "mallory");
  await a.room.broadcast(await mallory.at(a), "hello", "");
  await b.room.broadcast(await mallory.at(b), "hello", "");
  b.lag();
  const mute = { userId: mallory.id, nickname: "", reason: "" };
  for (let i = 0; i < 5; i++) {
    await a.room.moderation.mute(operator, { ...mute, durationMs: 60_000 });
    const refused = b.room.broadcast(await mallory.at(b), "hello", "");
    await expect(refused).rejects.toMatchObject({ reason: "MUTED" });
    await a.room.moderation.mute(operator, { ...mute, durationMs: 0 });
    await b.room.broadcast(await mallory.at(b), "hello", "");
  }
});

test("the room's settings, invites and what was erased are the same at every node", async () => {
  const { a, b, memory } = await openNodes();
  const ada = await login(b, "ada");
  const { seq } = await b.room.broadcast(await ada.at(b), "secret", "");
  await a.room.moderation.updateRoom(operator, { speaking: "MODERATORS", title: "Quiet" });
  const { code, invite } = await b.room.moderation.createInvite(operator, {
    uses: 1,
    nickname: "",
    note: "",
  });
  await a.room.moderation.erase(operator, { ...against("ada"), sinceMs: 60_000 });
  await settled();
  expect(b.room.state).toMatchObject({ title: "Quiet", speaking: "MODERATORS" });
  const say = b.room.broadcast(await ada.at(b), "hello", "");
  await expect(say).rejects.toMatchObject({ reason: "NOT_ALLOWED" });
  const name = { shown: "x", key: "x", skeleton: "x" };
  expect(await a.room.order.invites.use(code, name, "login")).toBeDefined();
  expect((await b.room.moderation.listInvites(operator, { pageSize: 0, pageToken: "" })).items).toEqual([]);
  await expect(b.room.moderation.revokeInvite(operator, invite.id)).rejects.toMatchObject({
    detail: { field: "id" },
  });
  expect(
    (await memory.log.read({ epoch: (await memory.log.head()).epoch, seq: seq - 1 }, 1)).entries,
  ).toEqual([expect.objectContaining({ seq, data: new Uint8Array() })]);
});

test("a node that lost its place knows what moderators did meanwhile", async () => {
  const { a, b, pass } = await openNodes();
  b.lag();
  b.losePlace();
  const made = await a.room.moderation.ban(operator, banning("mallory"));
  await a.room.moderation.updateRoom(operator, { slowModeMs: 1_000 });
  await pass(2_000);
  expect(b.room.state.slowModeMs).toBe(1_000);
  await expect(b.room.login({ nickname: "mallory" })).rejects.toMatchObject({
    detail: { reference: made.id },
  });
});
