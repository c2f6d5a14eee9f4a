import { expect, onTestFinished, test } from "vitest";
import { createManualClock } from "../../test/support/manual-clock.js";
import { login } from "../../test/support/people.js";
import { openServer } from "../../test/support/server.js";
import { connections } from "../../test/support/transports.js";
import { createMemoryStore } from "../engines/memory.js";
import { testIds } from "../engines/test-ids.js";
import { type Store, Unavailable } from "../room/ports.js";
import { createLog } from "./log.js";
import { SharingLog } from "./sharing-log.js";

const MINUTE_MS = 60_000;
const bytes = new Uint8Array(1);

async function logging() {
  const lines: string[] = [];
  const clock = createManualClock();
  const log = createLog("info", (line) => lines.push(line.replace(/^time=\S+ |\n$/g, "")));
  const sharing = new SharingLog(log, clock);
  const memory = createMemoryStore({ clock, ids: testIds });
  await memory.open();
  /** What appends wait for, or fail with. */
  let outcome: Promise<void> = Promise.resolve();
  const store = sharing.counted({
    ...memory,
    log: { ...memory.log, append: async (...args) => outcome.then(() => memory.log.append(...args)) },
  });
  const readings = { lag: { events: 0, ms: 0 }, leaseAgeMs: 1_200 };
  sharing.start(() => readings);
  const appendWith = (next: Promise<void>) => {
    outcome = next;
    return store.log.append(bytes);
  };
  return { lines, clock, sharing, store, readings, appendWith };
}

test("a minute's figures are one record, and a minute without any is none", async () => {
  const { lines, clock, sharing, store, appendWith } = await logging();
  clock.advance(10 * MINUTE_MS);
  expect(lines).toEqual([]);
  for (const key of ["a", "a", "b"]) await store.log.append(bytes, { key });
  for (const outcome of ["unknown", "not-applied"] as const)
    await appendWith(Promise.reject(new Unavailable(outcome))).catch(() => undefined);
  sharing.observe({ kind: "store_recovered", downMs: 10 });
  for (let i = 0; i < 2; i++) sharing.observe({ kind: "claim_taken_over" });
  for (let i = 0; i < 3; i++) sharing.observe({ kind: "member_reaped" });
  clock.advance(10 * MINUTE_MS);
  expect(lines).toEqual([
    'level=info msg="shared store, last minute" appends=2 unknown=1 reconnects=1 takeovers=2 reaped=3 in_flight=0 lag_events=0 lag_ms=0 lease_age_ms=1200',
  ]);
});

test("what lasts is in each minute's record: appends in flight, a lag, an old lease", async () => {
  const { lines, clock, readings, appendWith } = await logging();
  let finish = () => {};
  const appending = appendWith(
    new Promise((resolve) => {
      finish = resolve;
    }),
  );
  clock.advance(2 * MINUTE_MS);
  expect(lines).toEqual([expect.stringContaining("in_flight=1"), expect.stringContaining("in_flight=1")]);
  finish();
  await appending;
  clock.advance(MINUTE_MS);
  expect(lines.at(-1)).toContain("appends=1 unknown=0 reconnects=0 takeovers=0 reaped=0 in_flight=0");
  readings.lag = { events: 7, ms: 80.4 };
  clock.advance(MINUTE_MS);
  expect(lines.at(-1)).toContain("lag_events=7 lag_ms=80 lease_age_ms=1200");
  readings.lag = { events: 0, ms: 0 };
  readings.leaseAgeMs = 6_000;
  clock.advance(MINUTE_MS);
  expect(lines.at(-1)).toContain("lease_age_ms=6000");
  readings.leaseAgeMs = 100;
  clock.advance(5 * MINUTE_MS);
  expect(lines).toHaveLength(5);
});

test.each([
  [
    "that servers share",
    true,
    [expect.stringMatching(/"shared store, last minute" appends=2 .* lag_events=0 /)],
  ],
  ["of its own", false, []],
])("a server that closes logs what it has of a store %s", async (_, shared, expected) => {
  const clock = createManualClock();
  const store: Store = { ...createMemoryStore({ clock, ids: testIds }), shared };
  const server = await openServer({ store, logLevel: "info" });
  const { transport, cut } = connections["Connect, HTTP/1.1"](server.url);
  onTestFinished(cut);
  const ada = await login(transport, "ada");
  await ada.say("hello");
  await server.close();
  expect(server.logged.filter((line) => line.includes("shared store"))).toEqual(expected);
});
