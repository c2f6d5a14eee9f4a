import fc from "fast-check";
import { expect, test } from "vitest";
import { createManualClock } from "../../../test/support/manual-clock.js";
import { createMemoryStore } from "../../engines/memory.js";
import { testIds } from "../../engines/test-ids.js";
import { EVENT_ID_LENGTH, readEventId, resolveEvent, writeEventId } from "./event-id.js";
import { NONCE_BYTES, writeRecord } from "./record.js";

const largest = 2 ** 48 - 1;
const nonces = fc.uint8Array({ minLength: NONCE_BYTES, maxLength: NONCE_BYTES });

test("an event's id is 20 characters of base64url, and is read as it was written", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: largest }), nonces, (seq, nonce) => {
      const id = writeEventId(seq, nonce);
      expect(id).toMatch(/^[A-Za-z0-9_-]{20}$/);
      expect(Buffer.from(id, "base64url").toString("base64url")).toBe(id);
      expect(readEventId(id)).toEqual({ seq, nonce });
    }),
  );
  expect(EVENT_ID_LENGTH).toBe(20);
});

test("has a fixed form", () => {
  const nonce = Uint8Array.of(0xff, 0, 1, 2, 3, 4, 5, 0xfe);
  expect(writeEventId(258, nonce)).toBe("AQAAAAABAv8AAQIDBAX-");
});

test.each([
  "",
  "AQAAAAABAv8AAQIDBAX",
  "AQAAAAABAv8AAQIDBAX-A",
  "AQAAAAABAv8AAQIDBAX+",
  "AgAAAAABAv8AAQIDBAX-",
  "AQAAAAAAAP8AAQIDBAX-",
])("%j is no event's id", (id) => {
  expect(readEventId(id)).toBeUndefined();
});

test("an id is resolved to its event by one read, and to no other of the same number", async () => {
  const store = createMemoryStore({ clock: createManualClock(), ids: testIds, maxEvents: 3 });
  await store.open();
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) {
    const nonce = testIds.bytes(NONCE_BYTES);
    const sender = { id: "ada-id", nickname: "ada" };
    const event = { kind: "group_message", sender, text: "" } as const;
    const { seq } = await store.log.append(writeRecord(event, () => Uint8Array.of(i), nonce));
    ids.push(writeEventId(seq, nonce));
  }
  let reads = 0;
  const log: typeof store.log = {
    ...store.log,
    read: (after, limit) => {
      reads += limit;
      return store.log.read(after, limit);
    },
  };
  const found = await Promise.all(ids.map((id) => resolveEvent(log, id)));
  expect(found.map((entry) => entry?.data.at(-1))).toEqual([undefined, undefined, 2, 3, 4]);
  expect(reads).toBe(3);
  expect(await resolveEvent(log, writeEventId(4, testIds.bytes(NONCE_BYTES)))).toBeUndefined();
  expect(await resolveEvent(log, writeEventId(6, testIds.bytes(NONCE_BYTES)))).toBeUndefined();
  expect(await resolveEvent(log, "nonsense")).toBeUndefined();
});
