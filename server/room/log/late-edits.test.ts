import { expect, test, vi } from "vitest";
import { createManualClock } from "../../../test/support/manual-clock.js";
import { createMemoryStore } from "../../engines/memory.js";
import { testIds } from "../../engines/test-ids.js";
import { decodeDetails, encodeEvent } from "../../wire/codec/event.js";
import { BackgroundWrites } from "../background.js";
import type { RoomContext } from "../context.js";
import { Unavailable } from "../ports.js";
import { Edits } from "./edits.js";
import { writeEventId } from "./event-id.js";
import { LateEdits } from "./late-edits.js";
import { NONCE_BYTES, type RoomEvent, readRecord, writeRecord } from "./record.js";

const nonce = new Uint8Array(NONCE_BYTES);
const sender = { id: "ada-id", nickname: "ada" };
const recordOf = (event: RoomEvent, erases?: readonly number[]) =>
  writeRecord(event, encodeEvent, nonce, erases);
const said = recordOf({ kind: "group_message", sender, text: "first" });
const edited = (seq: number) =>
  recordOf({ kind: "edited", messageId: writeEventId(seq, nonce), sender, text: "secret" });
const redacted = (seqs: readonly number[]) =>
  recordOf({ kind: "redacted", messageIds: ["id"], sender, reason: "", audience: [] }, seqs);

/** A log whose appends are applied at once, and can be made to fail. */
async function follow() {
  const clock = createManualClock();
  const store = createMemoryStore({ clock, ids: testIds, maxEvents: 2_000, maxKept: 2_000 });
  await store.open();
  const failures: Error[] = [];
  const observed: string[] = [];
  const edits = new Edits();
  const append: typeof store.log.append = async (data, options) => {
    const failure = failures.shift();
    if (failure) throw failure;
    const appended = await store.log.append(data, options);
    if (!appended.duplicate) late.applied(readRecord(data), appended.seq);
    return appended;
  };
  const log = { ...store.log, append };
  // What of the room's context is used here.
  const context = {
    background: new BackgroundWrites(),
    clock,
    decodeDetails,
    edits,
    encode: encodeEvent,
    ids: testIds,
    isClosing: () => false,
    log,
    observe: ({ kind }: { kind: string }) => observed.push(kind),
    tailer: { until: async () => undefined },
  } as unknown as RoomContext;
  const late = new LateEdits(context);
  /** Numbers of the entries with a text that was to be erased. */
  const secrets = async () =>
    (await store.log.read(null, 5_000)).entries
      .filter(({ data }) => Buffer.from(data).includes("secret"))
      .map(({ seq }) => seq);
  return { late, log, edits, secrets, clock, failures, observed };
}

test("what an earlier process left is erased once the room is open, not before", async () => {
  const { late, log, secrets } = await follow();
  await log.append(said);
  await log.append(edited(1));
  await log.append(redacted([1]), { erase: [1] });
  expect(await secrets()).toEqual([2]);
  late.open();
  await vi.waitFor(async () => expect(await secrets()).toEqual([]));
});

test("a failure of the store is observed, and it is tried again", async () => {
  const { late, log, secrets, clock, failures, observed } = await follow();
  late.open();
  await log.append(said);
  await log.append(redacted([1]), { erase: [1] });
  await log.append(edited(1));
  failures.push(new Unavailable("not-applied"));
  await vi.waitFor(() => expect(observed).toEqual(["action_unfinished"]));
  expect(await secrets()).toEqual([3]);
  clock.advance(1_000);
  await vi.waitFor(async () => expect(await secrets()).toEqual([]));
});

test("what the log no longer keeps is forgotten", async () => {
  const { late, log, edits } = await follow();
  late.open();
  await log.append(said);
  for (let i = 0; i < 3_000; i++) await log.append(edited(1));
  await vi.waitFor(() => expect(edits.size).toBeLessThan(3_000));
  for (let i = 0; i < 1_100; i++) await log.append(edited(1));
  await vi.waitFor(() => expect(edits.size).toBeLessThan(3_200));
});
