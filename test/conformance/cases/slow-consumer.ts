import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { Presence } from "../../../gen/parlance/v1/chat_service_pb.js";
import { type Event, GoodbyeReason } from "../../../gen/parlance/v1/event_pb.js";
import type { Person } from "../../support/people.js";
import { endOf } from "../assertions.js";
import { MANY_CALLS_MS, NotApplicable, testCase } from "../case.js";
import { onServer } from "../servers.js";
import type { Target } from "../target.js";

/** The buffers on the way to a reader, those of the kernel above all, hold less. */
const UNREAD_BYTES = 32 * 1024 * 1024;
/** How long a server may take to end a reader whose buffers are full; it is sent a little meanwhile. */
const PATIENCE_MS = { managed: 10_000, other: 45_000 };
const BETWEEN_MS = 500;
/** Calls in flight while the feed of a slow reader fills up. */
const WRITERS = 16;
/** The server waits a moment only for a slow reader to take the goodbye, and a busy machine may miss it. */
const ATTEMPTS = 3;

export const slowConsumerCases = [
  testCase(
    "SUB-1 SUB-4 ST-16 BYE-1 BYE-2 BYE-6 BYE-9 ERR-20",
    "a reader that stops reading is ended with goodbye TOO_SLOW, and resumes without loss",
    (target) => {
      if (!target.managed) return stopReading(target);
      const flags = ["--stall", "1s", "--max-text-bytes", "16384", "--grace", "30s"];
      return onServer(target, "a server that soon ends a slow reader", flags, stopReading);
    },
    MANY_CALLS_MS,
  ),
];

async function stopReading(target: Target): Promise<void> {
  const { maxTextBytes, messagesPerSecond, messageBurst } = target.limits;
  const count = Math.ceil(UNREAD_BYTES / maxTextBytes);
  if (messagesPerSecond > 0 && count > messageBurst)
    throw new NotApplicable(`the rate limit allows ${count} messages only in ${count / messagesPerSecond} s`);
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) if (await attemptToStopReading(target, count)) return;
  assert.ok(await attemptToStopReading(target, count), "the feed ended without a goodbye");
}

/** Returns whether a goodbye was received. */
async function attemptToStopReading(target: Target, count: number): Promise<boolean> {
  const { maxTextBytes } = target.limits;
  const [ada, bob] = [target.uncompressed(await target.login()), await target.login()];
  const feed = await target.subscribe(ada);
  const readOn = feed.pause();
  const text = "x".repeat(maxTextBytes);
  const patienceMs = target.managed ? PATIENCE_MS.managed : PATIENCE_MS.other;
  const sent = await sendUntilAway(bob, ada, { text, count, patienceMs, whenAway: readOn });
  await feed.ended;
  if (feed.items.at(-1)?.kind.case !== "goodbye") return false;
  const { goodbye, error } = await endOf(feed);
  assert.deepEqual([goodbye.reason, goodbye.reconnect], [GoodbyeReason.TOO_SLOW, true]);
  assert.deepEqual(error, { code: "ResourceExhausted", reason: "TOO_SLOW" });
  const received = [...feed.events, ...(await missed(ada, goodbye.cursor))].filter(
    ({ kind }) => kind.case === "privateMessage",
  );
  assert.deepEqual(received.map(({ id }) => id).toSorted(), sent.toSorted());
  return true;
}

/** What follows a cursor, up to caught_up; resumes if this reader is too slow again. */
async function missed(reader: Person, cursor: string): Promise<Event[]> {
  const events: Event[] = [];
  for (let after = cursor; ; ) {
    const feed = reader.listen({ after });
    const isComplete = await feed.next("caughtUp").then(
      () => true,
      () => false,
    );
    events.push(...feed.events);
    after = feed.cursor;
    if (isComplete) {
      await feed.close();
      return events;
    }
  }
}

interface Sending {
  readonly text: string;
  /** As fast as possible. */
  readonly count: number;
  /** How long it goes on after that. */
  readonly patienceMs: number;
  readonly whenAway: () => void;
}

/** Sends a text again and again until the recipient's feed has ended; returns the ids. */
async function sendUntilAway(
  from: Person,
  to: Person,
  { text, count, patienceMs, whenAway }: Sending,
): Promise<string[]> {
  const ids: string[] = [];
  let isAway = false;
  let endMs = Number.POSITIVE_INFINITY;
  const write = async () => {
    while (!isAway && performance.now() < endMs) {
      if (ids.length >= count) {
        endMs = Math.min(endMs, performance.now() + patienceMs);
        await pause(BETWEEN_MS);
      }
      const { id, recipientPresence } = await from.sendTo(to.nickname, text);
      ids.push(id);
      if (recipientPresence === Presence.AWAY) {
        isAway = true;
        whenAway();
      }
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  assert.ok(isAway, `the feed is open although ${ids.length} messages were not read`);
  return ids;
}
