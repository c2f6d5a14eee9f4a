import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { recordObservations } from "../test/support/observations.js";
import { createStore } from "./stores.js";
import { systemClock, systemIds } from "./system.js";

test("a store on a disk accepts a thousand writes at once, refuses the rest as not applied, and then goes on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "parlance-stores-"));
  const choice = { kind: "sqlite", path: join(folder, "room.db") } as const;
  const { seen, observe } = recordObservations();
  const store = createStore(choice, { ageMs: 86_400_000 }, { clock: systemClock, ids: systemIds, observe });
  await store.open();
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const write = () => store.log.append(new Uint8Array(10));
  const outcomes = await Promise.allSettled(Array.from({ length: 1_200 }, write));
  const refused = outcomes.filter(({ status }) => status === "rejected");
  expect(refused).toHaveLength(200);
  for (const outcome of refused) expect(outcome).toMatchObject({ reason: { outcome: "not-applied" } });
  expect(await write()).toMatchObject({ seq: 1_001 });
  expect(seen).toEqual([{ kind: "store_overloaded", reason: "too_many" }]);
});
