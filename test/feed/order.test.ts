import fc from "fast-check";
import { expect, it } from "vitest";
import type { FeedOptions } from "../../server/feed/feed.js";
import type { Position } from "../../server/room/ports.js";
import { createSmallRoom, park, type SmallRoom, settle } from "./small-room.js";

const IDS = ["ann", "ben", "cat", "dan"] as const;
type Id = (typeof IDS)[number];

/** What the test knows of an event when it is appended. */
interface Fact {
  readonly seq: number;
  readonly text: string;
  readonly seenBy: ReadonlySet<Id>;
  /** The log's end before it: the link to the previous event of its history. */
  readonly before: Fact | undefined;
}

interface Past {
  /** By their text, which is unique. */
  readonly facts: Map<string, Fact>;
  /** The newest event of each epoch's history. */
  readonly tails: Map<string, Fact | undefined>;
}

type Action =
  | { readonly do: "say" | "toggle" | "join" | "leave" | "stop" | "goOn"; readonly who: Id }
  | { readonly do: "whisper"; readonly who: Id; readonly to: Id }
  | { readonly do: "connect" | "arrive"; readonly who: Id; readonly backlog: number }
  | { readonly do: "drop"; readonly who: Id; readonly unread: number }
  | { readonly do: "turn" }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "trim"; readonly keep: number }
  | { readonly do: "fork"; readonly lose: number }
  | { readonly do: "replace" };

const who = fc.constantFrom(...IDS);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 30, arbitrary: fc.record({ do: fc.constant("say"), who }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("whisper"), who, to: who }) },
  {
    weight: 22,
    arbitrary: fc.record({ do: fc.constantFrom("toggle", "join", "leave", "stop", "goOn", "goOn"), who }),
  },
  { weight: 12, arbitrary: fc.record({ do: fc.constantFrom("join", "leave"), who }) },
  {
    weight: 16,
    arbitrary: fc.record({
      do: fc.constantFrom("connect", "connect", "connect", "arrive"),
      who,
      backlog: fc.integer({ min: 0, max: 12 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("drop"), who, unread: fc.integer({ min: 0, max: 3 }) }),
  },
  { weight: 12, arbitrary: fc.record({ do: fc.constant("turn") }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait"), ms: fc.integer({ min: 1, max: 1_500 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("trim"), keep: fc.integer({ min: 1, max: 15 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("fork"), lose: fc.integer({ min: 0, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("replace") }) },
) as fc.Arbitrary<Action>;

const LOSSES = new Set<Action["do"]>(["trim", "fork", "replace"]);

/** From how many feeds on, and how long, joined and left events wait; and whether a slice of a flush is one reader. */
const options = fc.record({
  coalescing: fc.record({ largeRoom: fc.constantFrom(1, 3, 200), delayMs: fc.constantFrom(50, 2_000) }),
  sliceMs: fc.constantFrom(0, 5),
});

type Session = Awaited<ReturnType<typeof connect>>;

async function connect(room: SmallRoom, id: Id, start: { after?: Position; backlog?: number }) {
  const session = await park(room, id, start);
  const { stop, goOn } = session.peer;
  return { ...session, id, hello: session.subscription.position, stop, goOn };
}

/** Runs the actions; returns what was appended and what every reader was sent. */
async function play(actions: readonly Action[], options: Pick<FeedOptions, "coalescing" | "sliceMs">) {
  const room = await createSmallRoom({ ringEvents: 12, heartbeatMs: 1_000, ...options });
  const lossless = !actions.some((one) => LOSSES.has(one.do));
  const past: Past = { facts: new Map(), tails: new Map() };
  let tail: Fact | undefined;
  /** Toggles that are lost with the log's tail would leave room and test with different histories. */
  let sinceToggle = 0;
  const open = new Map<Id, Session>();
  const sessions: Session[] = [];
  const cursors = new Map<Id, Position>();
  let count = 0;

  async function place(appended: Promise<Position>, seenBy: Iterable<Id>): Promise<void> {
    const { epoch, seq } = await appended;
    tail = { seq, text: room.written(), seenBy: new Set(seenBy), before: tail };
    past.facts.set(tail.text, tail);
    past.tails.set(epoch, tail);
    sinceToggle++;
  }

  async function run(one: Action): Promise<void> {
    const text = `text ${++count}`;
    switch (one.do) {
      case "say":
        return place(
          room.say(one.who, text),
          IDS.filter((id) => !room.ignores(id)),
        );
      case "whisper":
        return place(room.sendTo(one.who, one.to, text), [one.who, one.to]);
      case "toggle":
        await place(room.toggle(one.who), [one.who]);
        sinceToggle = 0;
        return;
      case "join":
        return place(room.join(one.who), IDS);
      case "leave":
        return place(room.leave(one.who), IDS);
      case "connect":
      case "arrive": {
        if (open.has(one.who)) return;
        const after = cursors.get(one.who);
        const session = await connect(room, one.who, { backlog: one.backlog, ...(after && { after }) });
        open.set(one.who, session);
        sessions.push(session);
        if (one.do === "connect") return;
        // It waits for no flush, whatever waits for one: no time passes here.
        await settle(12);
        if (lossless) expect(session.lines().some((line) => line.startsWith("caught_up"))).toBe(true);
        return;
      }
      case "drop":
        return drop(one.who, one.unread);
      case "stop":
        return open.get(one.who)?.stop();
      case "goOn":
        return open.get(one.who)?.goOn();
      case "turn":
        return settle(2);
      case "wait":
        room.clock.advance(one.ms);
        return settle(1);
      case "trim":
        return room.store.trim(one.keep);
      case "fork": {
        const { first, last } = room.store.head();
        const lose = Math.min(one.lose, sinceToggle, last - first + 1);
        for (let i = 0; i < lose; i++) tail = tail?.before;
        sinceToggle -= lose;
        room.store.fork(lose);
        past.tails.set(room.store.head().epoch, tail);
        return settle(2);
      }
      case "replace":
        room.store.replace();
        past.tails.set(room.store.head().epoch, tail);
        return settle(2);
    }
  }

  /** Drops the connection; the client has not read the last `unread` lines and resumes before them. */
  function drop(id: Id, unread: number): void {
    const session = open.get(id);
    if (!session) return;
    session.leave();
    session.goOn();
    open.delete(id);
    const read = session.lines().slice(0, Math.max(0, session.lines().length - unread));
    session.lines = () => read;
    cursors.set(id, placeAfter(read, session.hello));
  }

  for (const one of actions) {
    await run(one);
    for (const [id, session] of open) if (session.lines().at(-1)?.startsWith("goodbye")) drop(id, 0);
  }
  for (const session of open.values()) session.goOn();
  await settle(60);
  room.clock.advance(2_000);
  await settle(60);
  return { sessions, stillOpen: new Set(open.values()), past, tail, lossless };
}

const EVENT = /^#(\S+):(\d+) (.*)$/;
const NOTE = /^(\w+)(?: (\w+))? @(\S+):(\d+)(?: online (-?\d+))?$/;

function placeAfter(lines: readonly string[], start: Position): Position {
  let place = start;
  for (const line of lines) {
    const match = /(?:^#|@)([\w-]+):(\d+)/.exec(line);
    if (match) place = { epoch: match[1]!, seq: Number(match[2]) };
  }
  return place;
}

/** The last event at or before a position, in the history that the position belongs to. */
function eventAt({ tails }: Past, { epoch, seq }: Position): Fact | undefined {
  return backTo(tails.get(epoch), seq);
}

function backTo(from: Fact | undefined, seq: number): Fact | undefined {
  let fact = from;
  while (fact && fact.seq > seq) fact = fact.before;
  return fact;
}

/** Walks back from `from` to the position of the reader; no visible event may lie between. */
function expectNothingMissed(id: Id, from: Fact | undefined, stood: Position): void {
  for (let fact = from; fact && fact.seq > stood.seq; fact = fact.before)
    expect(fact.seenBy.has(id), `${id} at ${stood.epoch}:${stood.seq} missed ${fact.text}`).toBe(false);
}

/** How many members more have joined than left, up to this event. */
function onlineAt(from: Fact | undefined): number {
  let online = 0;
  for (let fact = from; fact; fact = fact.before)
    online += fact.text.startsWith("joined") ? 1 : fact.text.startsWith("left") ? -1 : 0;
  return online;
}

/** Checks what one reader was sent; returns the position that it leaves the reader at. */
function check({ id, lines, hello }: Session, past: Past, lossless: boolean): Position {
  let stood = hello;
  let replayed = 0;
  let caughtUp = false;
  for (const line of lines()) {
    const event = EVENT.exec(line);
    if (event) {
      const [, epoch, seq, text] = event;
      const fact = past.facts.get(text!)!;
      expect(fact.seq).toBe(Number(seq));
      expect(fact.seenBy.has(id), `${id} was sent ${text}`).toBe(true);
      expect(fact.seq).toBeGreaterThan(stood.seq);
      expectNothingMissed(id, fact.before, stood);
      expect(backTo(fact, stood.seq), `${text} follows a lost event without a gap`).toBe(
        eventAt(past, stood),
      );
      stood = { epoch: epoch!, seq: fact.seq };
      if (!caughtUp) replayed++;
      continue;
    }
    const [, kind, detail, epoch, seq, online] = NOTE.exec(line)!;
    const at = { epoch: epoch!, seq: Number(seq) };
    if (kind === "caught_up") {
      expect(caughtUp).toBe(false);
      expect(Number(detail)).toBe(replayed);
      // Members whose events a log lost are still there.
      if (lossless) expect(Number(online)).toBe(onlineAt(eventAt(past, at)));
      caughtUp = true;
    }
    if (kind === "gap") {
      if (detail === "TRIMMED") expect(at.seq).toBeGreaterThan(stood.seq);
    } else {
      // A heartbeat or the end of a replay advances past invisible events, and past nothing else.
      expect(at.seq).toBeGreaterThanOrEqual(stood.seq);
      expectNothingMissed(id, eventAt(past, at), stood);
    }
    stood = at;
  }
  return stood;
}

it("every reader is sent exactly its visible events, in order, once, or a gap", async () => {
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { minLength: 20, maxLength: 120 }),
      options,
      async (actions, feedOptions) => {
        const { sessions, stillOpen, past, tail, lossless } = await play(actions, feedOptions);
        for (const session of sessions) {
          const stood = check(session, past, lossless);
          const lines = session.lines();
          sent += lines.length;
          if (lossless) expect(lines.filter((line) => line.startsWith("gap"))).toEqual([]);
          if (!stillOpen.has(session) || lines.at(-1)?.startsWith("goodbye")) continue;
          expectNothingMissed(session.id, tail, stood);
          expect(lines.some((line) => line.startsWith("caught_up"))).toBe(true);
        }
      },
    ),
    { numRuns: Number(process.env.ORDER_RUNS ?? 150) },
  );
  expect(sent).toBeGreaterThan(1_000);
}, 120_000);
