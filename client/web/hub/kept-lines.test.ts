import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { SpokenLine } from "../../chat/line.js";
import { KeptLines } from "./kept-lines.js";
import type { Batch } from "./messages.js";

const line = (id: string, text = id): SpokenLine => ({
  ...{ kind: "message", at: 0, id, senderId: "a", sender: "ada", text },
  ...{ registered: false, bot: false, own: false, live: true },
});

function open() {
  const sent: Batch[] = [];
  let flushes = 0;
  const kept = new KeptLines({
    onBatch: (batch) => sent.push(batch),
    onFlush: () => {
      flushes++;
    },
  });
  return { kept, sent, flushes: () => flushes };
}

const textsOf = (batches: readonly Batch[]) =>
  batches.map(({ lines }) => lines.map((one) => ("text" in one ? one.text : one.kind)));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("the lines of one frame go out together, with the cursor of the first event among them", () => {
  const { kept, sent, flushes } = open();
  kept.reached("c1");
  kept.add([line("one")]);
  kept.reached("c2");
  kept.add([line("two")]);
  vi.runAllTimers();
  expect(textsOf(sent)).toEqual([["one", "two"]]);
  expect(sent[0]!.before).toBe("c1");
  // A change without lines is one, too.
  kept.flushSoon();
  vi.runAllTimers();
  expect([sent.length, flushes()]).toEqual([1, 2]);
});

test("about 500 lines are kept, in whole batches", () => {
  const { kept } = open();
  for (let i = 0; i < 9; i++)
    kept.keep({ lines: Array.from({ length: 100 }, () => line(`${i}`)), before: "" });
  expect(textsOf(kept.batches).map(([first]) => first)).toEqual(["4", "5", "6", "7", "8"]);
});

test("an erased text is neither kept, nor sent later, nor found", () => {
  const { kept, sent } = open();
  kept.keep({ lines: [line("m1", "hunter2"), line("m2", "kept")], before: "" });
  kept.add([line("m3", "hunter2")]);
  kept.erase(["m1", "m3", "m4"]);
  vi.runAllTimers();
  // Held until a replay was complete.
  kept.add([line("m4", "hunter2")]);
  vi.runAllTimers();
  expect(JSON.stringify(kept.batches)).not.toContain("hunter2");
  expect(textsOf(sent.slice(1))).toEqual([[""], [""]]);
  expect(textsOf(kept.batches)[0]).toEqual(["", "kept"]);
  const read = { lines: [line("m1", "hunter2")], before: "c0" };
  expect(kept.shown(read)).toMatchObject({ lines: [{ text: "", erased: true }], before: "c0" });
  const found = ["m1", "m2"].map((id) => ({ id, cursor: id, line: line(id) }));
  expect(kept.found(found).map(({ id }) => id)).toEqual(["m2"]);
});

test("after a stay nothing of it is left", () => {
  const { kept, sent } = open();
  kept.keep({ lines: [line("one")], before: "" });
  kept.add([line("two")]);
  kept.clear();
  vi.runAllTimers();
  expect([kept.batches, sent.length]).toEqual([[], 1]);
});
