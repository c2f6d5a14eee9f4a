import { expect, test } from "vitest";
import { readRecord } from "../../log/record.js";
import type { Entry } from "../../ports.js";
import { openGatedRoom } from "./test-gated-room.js";

const shown = (entries: readonly Entry[]) =>
  entries.map(({ data }) => Buffer.from(readRecord(data).payload).toString("latin1"));

test("a page has nothing that was erased while it was read, and is read only once", async () => {
  const { appendText, list, reads, holdReads } = await openGatedRoom();
  for (const text of ["one", "two", "three"]) await appendText(text);
  const before = reads();
  expect((await list()).entries).toHaveLength(3);
  const once = reads() - before;
  const release = holdReads();
  const listing = list();
  await appendText("gone", [2]);
  release();
  const texts = shown((await listing).entries);
  expect(texts.map((text) => /one|two|three|gone/.exec(text)?.[0])).toEqual(["one", "three"]);
  expect(reads() - before).toBe(2 * once);
});

test("a void entry is passed over by pages in both directions, and is no gap", async () => {
  const { appendText, list } = await openGatedRoom();
  for (const text of ["one", "two", "three"]) await appendText(text);
  await appendText("gone", [1, 3]);
  const { entries, from, to, atStart, lost } = await list();
  expect(entries.map(({ seq }) => seq)).toEqual([2, 4]);
  expect([from, to, atStart, lost]).toEqual([0, 4, true, undefined]);
});
