import { expect, test } from "vitest";
import { createManualClock } from "../../../test/support/manual-clock.js";
import { createMemoryStore } from "../../engines/memory.js";
import { testIds } from "../../engines/test-ids.js";
import { decodeDetails, encodeEvent } from "../../wire/codec/event.js";
import { LOG_PAGE } from "../ports.js";
import { NONCE_BYTES, writeRecord } from "./record.js";
import { SearchBlocks } from "./search-blocks.js";

async function openBlocks(messages: number, text: string, maxUnits: number) {
  const clock = createManualClock();
  const { log, open } = createMemoryStore({ clock, ids: testIds });
  await open();
  const sender = { id: "ada-id", nickname: "ada" };
  for (let i = 0; i < messages; i++) {
    const event = { kind: "group_message", sender, text } as const;
    await log.append(writeRecord(event, encodeEvent, new Uint8Array(NONCE_BYTES)));
  }
  const { epoch, last } = await log.head();
  const blocks = new SearchBlocks({ log, clock, decodeDetails, maxUnits });
  /** How many entries were read for it. */
  async function readFor(seq: number, rest: () => Promise<void> | undefined = () => undefined) {
    let read = 0;
    const onRead = (entries: number) => {
      read += entries;
    };
    const block = await blocks.containing(seq, { epoch, last, rest, onRead });
    expect(block.find("x").at(-1)?.seq).toBe(Math.min(last, block.to));
    return read;
  }
  return { blocks, readFor };
}

test("a full block is kept, the newest one only when it is full", async () => {
  const { readFor } = await openBlocks(LOG_PAGE + 3, "x", 1e6);
  expect([await readFor(1), await readFor(LOG_PAGE), await readFor(LOG_PAGE + 1)]).toEqual([LOG_PAGE, 0, 3]);
  expect(await readFor(LOG_PAGE + 3)).toBe(3);
});

test("where memory has no room for all, the newest blocks are kept", async () => {
  // A message takes 33 of it: a text of one character, its separator, and 32 for what is beside it, less one block.
  const { readFor } = await openBlocks(4 * LOG_PAGE, "x", 2 * LOG_PAGE * 34);
  for (const seq of [4 * LOG_PAGE, 3 * LOG_PAGE, 2 * LOG_PAGE, LOG_PAGE]) await readFor(seq);
  const again = [];
  for (const seq of [4 * LOG_PAGE, 3 * LOG_PAGE, 2 * LOG_PAGE, LOG_PAGE]) again.push(await readFor(seq));
  expect(again).toEqual([0, 0, LOG_PAGE, LOG_PAGE]);
});

test("what is forgotten while it is read is not kept", async () => {
  const { blocks, readFor } = await openBlocks(LOG_PAGE, "x", 1e6);
  await readFor(1, async () => blocks.forget([7]));
  expect(await readFor(1)).toBe(LOG_PAGE);
  expect(await readFor(1)).toBe(0);
  blocks.forget([LOG_PAGE]);
  expect(await readFor(1)).toBe(LOG_PAGE);
});

test("what is no longer kept by the log is dropped with the next search", async () => {
  const { blocks, readFor } = await openBlocks(2 * LOG_PAGE, "x", 1e6);
  await readFor(1);
  await readFor(2 * LOG_PAGE);
  blocks.use(LOG_PAGE);
  expect(await readFor(1)).toBe(0);
  blocks.use(LOG_PAGE + 1);
  expect([await readFor(1), await readFor(2 * LOG_PAGE)]).toEqual([LOG_PAGE, 0]);
});
