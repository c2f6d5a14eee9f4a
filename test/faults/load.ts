/** A room under load: residents who talk, read and ignore, and visitors who come and go, all of it recorded. */
import type { Transport } from "@connectrpc/connect";
import { expect, onTestFinished } from "vitest";
import { type Chatter, createRecords, type JoinOptions, join, type Records } from "./chatter.js";

const residents = 5;
/** Private messages that each resident has in flight as well. */
const privateAtOnce = 2;
/** One resident reads for a short time and then pauses for longer, like a laptop that is opened occasionally. */
const awakeMs = 300;
const asleepMs = 1_200;
/** For anything to happen at all, a fault that lasts and its aftermath included. */
const patienceMs = 60_000;

export interface Load {
  readonly records: Records;
  /** Resolves when so many more messages were acknowledged. */
  more(messages: number): Promise<void>;
  /**
   * Ends the talking; resolves when those who vanished have left and everyone else has read the log to its end. Returns
   * the ids of those who vanished.
   */
  finish(): Promise<ReadonlySet<string>>;
}

/** `transports`: residents and visitors take them in turn. */
export async function startLoad(transports: readonly Transport[], options: JoinOptions = {}): Promise<Load> {
  const records = createRecords();
  const [talking, reading] = [new AbortController(), new AbortController()];
  onTestFinished(() => {
    talking.abort();
    reading.abort();
  });
  const joinBy = (n: number, nickname: string) =>
    join(transports[n % transports.length]!, nickname, records, options);
  const names = Array.from({ length: residents }, (_, n) => `resident${n}`);
  const people = await Promise.all(names.map((name, n) => joinBy(n, name)));
  const readers = people.map((person, n) =>
    n === 0 ? readNowAndThen(person, reading.signal) : person.read(reading.signal),
  );
  const talkers = people.map((person, n) => talk(person, n, names, talking.signal));
  const privateSenders = people.flatMap((person) =>
    Array.from({ length: privateAtOnce }, () => sendTo(person, names, talking.signal)),
  );
  const doors = [0, 1].map((door) =>
    visit((nickname) => joinBy(door, nickname), door, people[door]!, talking.signal),
  );
  /** Rejects at the first surprise of any of them. */
  const all = Promise.all([...readers, ...talkers, ...privateSenders, ...doors]);
  const unlessSurprised = <T>(work: Promise<T>) => Promise.race([work, all.then(() => work)]);

  return {
    records,
    async more(messages) {
      const before = records.acknowledged;
      const acknowledged = expect
        .poll(() => records.acknowledged - before, { timeout: patienceMs, interval: 5 })
        .toBeGreaterThan(messages);
      await unlessSurprised(Promise.resolve(acknowledged));
    },
    async finish() {
      talking.abort();
      await Promise.all([...talkers, ...privateSenders]);
      const vanished = new Set((await Promise.all(doors)).flat());
      await expect
        .poll(async () => (await people[0]!.present()).filter((id) => vanished.has(id)), {
          timeout: patienceMs,
          interval: 200,
        })
        .toEqual([]);
      const head = await people[0]!.head();
      await expect
        .poll(() => people.map((person) => person.reached() >= head), { timeout: patienceMs })
        .not.toContain(false);
      reading.abort();
      await all;
      return vanished;
    },
  };
}

/** Sends without a pause; every third resident also ignores group messages occasionally. */
async function talk(self: Chatter, n: number, others: readonly string[], signal: AbortSignal): Promise<void> {
  let ignoring = false;
  for (let turn = 1; !signal.aborted; turn++) {
    const other = others[(n + turn) % others.length]!;
    if (n % 3 === 0 && turn % 6 === 0) ignoring = await self.toggle();
    else if (turn % 4 === 0) await self.sendTo(other);
    else expect(await self.say()).toBe(ignoring ? "IGNORING" : undefined);
  }
}

async function readNowAndThen(self: Chatter, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await self.read(AbortSignal.any([signal, AbortSignal.timeout(awakeMs)]));
    await new Promise((resolve) => setTimeout(resolve, asleepMs));
  }
}

async function sendTo(self: Chatter, others: readonly string[], signal: AbortSignal): Promise<void> {
  for (let turn = 0; !signal.aborted; turn++) await self.sendTo(others[turn % others.length]!);
}

/**
 * Visitors that log in, send, are sent a private message that they never read, and log out; every fourth reads a little
 * and vanishes, one at least. Returns the ids of those.
 */
async function visit(
  enter: (nickname: string) => Promise<Chatter>,
  door: number,
  resident: Chatter,
  signal: AbortSignal,
): Promise<string[]> {
  const vanished: string[] = [];
  for (let n = 1; !signal.aborted || vanished.length === 0; n++) {
    // Nicknames are reused, except those of vanished visitors, which are not free for a while.
    const vanishes = n % 4 === 0;
    const guest = await enter(vanishes ? `vanishing${door}x${n}` : `guest${door}`);
    await guest.say();
    if (!vanishes) {
      await resident.sendTo(guest.nickname);
      await guest.logout();
      continue;
    }
    const leaving = new AbortController();
    const reading = guest.read(leaving.signal);
    await expect.poll(() => guest.reached(), { timeout: patienceMs }).toBeGreaterThan(0);
    leaving.abort();
    await reading;
    vanished.push(guest.id);
  }
  return vanished;
}
