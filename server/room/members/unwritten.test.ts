import { expect, test } from "vitest";
import { TrackedMessages, Unwritten, type UnwrittenMessage, type Written } from "./unwritten.js";

const none: Written = { upTo: 0, except: [] };
const message = (seq: number, wasAway = true): UnwrittenMessage => ({
  seq,
  id: `id-${seq}`,
  senderId: "ada",
  wasAway,
});

function restored(written: Written, messages: readonly UnwrittenMessage[]): number[] {
  const next = new Unwritten(written, () => undefined);
  for (const one of messages) next.restore(one);
  return next.all().map(({ seq }) => seq);
}

test("a restarted process knows what was written, in whatever order", () => {
  let changes = 0;
  const unwritten = new Unwritten(none, () => changes++);
  const messages = [message(3), message(5, false), message(7), message(9)];
  for (const one of messages) unwritten.add(one);
  expect(restored(unwritten.state, messages)).toEqual([3, 7, 9]);
  unwritten.written([7]);
  expect(unwritten.state).toEqual({ upTo: 7, except: [3, 5] });
  // What was appended while a feed was open counts as written.
  expect(restored(unwritten.state, messages)).toEqual([3, 9]);
  unwritten.written([3, 5, 8]);
  expect(restored(unwritten.state, messages)).toEqual([9]);
  unwritten.receivedUpTo(20);
  expect([unwritten.size, changes]).toEqual([0, 3]);
  expect(restored(unwritten.state, messages)).toEqual([]);
});

test("what the log has lost is not unwritten, and its numbers are those of other messages", () => {
  const unwritten = new Unwritten(none, () => undefined);
  for (const seq of [3, 7, 9]) unwritten.add(message(seq));
  unwritten.written([9]);
  unwritten.forgetAfter(5);
  expect(unwritten.all()).toEqual([message(3)]);
  unwritten.add(message(8));
  expect(restored(unwritten.state, [message(3), message(8)])).toEqual([3, 8]);
});

test("nothing is to be stored where the member had a feed open", () => {
  let changes = 0;
  const unwritten = new Unwritten(none, () => changes++);
  unwritten.add(message(1, false));
  unwritten.written([1, 2]);
  expect([unwritten.size, changes]).toEqual([0, 0]);
});

test("the oldest of the room are forgotten beyond a number", () => {
  const [ada, bob] = [new Unwritten(none, () => undefined), new Unwritten(none, () => undefined)];
  const tracked = new TrackedMessages(100);
  for (let seq = 1; seq <= 150; seq++) {
    const of = seq % 3 === 0 ? ada : bob;
    of.add(message(seq));
    tracked.track(seq, of);
  }
  const known = [...ada.all(), ...bob.all()].map(({ seq }) => seq).sort((a, b) => a - b);
  expect(known).toEqual(Array.from({ length: 100 }, (_, i) => i + 51));
});
