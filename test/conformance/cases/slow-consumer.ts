import assert from "node:assert/strict";
import { GoodbyeReason } from "../../../gen/parlance/v1/event_pb.js";
import type { Person } from "../../support/people.js";
import { endOf } from "../assertions.js";
import { NotApplicable, testCase } from "../case.js";
import { onServer } from "../servers.js";
import type { Target } from "../target.js";

/** A reader that stops reading must miss more than the buffers on the way hold; those of the kernel alone hold MBs. */
const UNREAD_BYTES = 16 * 1024 * 1024;
/** Calls in flight while the feed of a slow reader fills up. */
const WRITERS = 32;
/** How long the server may take to notice, once the buffers are full. */
const PATIENCE_MS = 2_500;

export const slowConsumerCases = [
  testCase(
    "SUB-1 SUB-4 BYE-1 BYE-2 BYE-6 BYE-9 ERR-20",
    "a reader that stops reading is ended with goodbye TOO_SLOW, and resumes without loss",
    (target) => {
      if (!target.managed) return stopReading(target);
      const flags = ["--stall", "1s", "--max-text-bytes", "16384"];
      return onServer(target, "a server that soon ends a slow reader", flags, stopReading);
    },
  ),
];

async function stopReading(target: Target): Promise<void> {
  const { maxTextBytes, messagesPerSecond, messageBurst } = target.limits;
  const count = Math.ceil(UNREAD_BYTES / maxTextBytes);
  if (messagesPerSecond > 0 && count > messageBurst)
    throw new NotApplicable(`the rate limit allows ${count} messages in ${count / messagesPerSecond} s only`);
  const [ada, bob] = [await target.login(), await target.login()];
  const feed = await target.subscribe(ada);
  const readOn = feed.pause();
  const sent = await send(bob, "x".repeat(maxTextBytes), count);
  await target.wait(PATIENCE_MS);
  readOn();
  const { goodbye, error } = await endOf(feed);
  assert.deepEqual([goodbye.reason, goodbye.reconnect], [GoodbyeReason.TOO_SLOW, true]);
  assert.deepEqual(error, { code: "ResourceExhausted", reason: "TOO_SLOW" });
  const rest = await target.subscribe(ada, { after: goodbye.cursor });
  const received = [feed, rest].flatMap(({ events }) =>
    events.flatMap(({ id, kind }) =>
      kind.case === "groupMessage" && kind.value.senderId === bob.id ? id : [],
    ),
  );
  assert.deepEqual(received.toSorted(), sent.toSorted());
}

/** Sends a text `count` times; returns the ids. */
async function send(person: Person, text: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  let left = count;
  const write = async () => {
    while (left-- > 0) ids.push((await person.say(text)).id);
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  return ids;
}
