import { expect, test } from "vitest";
import { createManualClock } from "../../../test/support/manual-clock.js";
import { recordObservations } from "../../../test/support/observations.js";
import { createMemoryStore } from "../../engines/memory.js";
import { testIds } from "../../engines/test-ids.js";
import { type KeyValue, Unavailable } from "../ports.js";
import { Sessions } from "./sessions.js";

const dayMs = 86_400_000;

async function openValues() {
  const clock = createManualClock();
  const { values, open } = createMemoryStore({ clock, ids: testIds });
  await open();
  let full = false;
  const { seen, observe } = recordObservations();
  let puts = 0;
  const onDisk: KeyValue = {
    ...values,
    async put(...args) {
      puts++;
      if (full) throw new Unavailable("not-applied");
      return values.put(...args);
    },
  };
  return {
    clock,
    sessions: () => new Sessions(onDisk, clock, testIds, observe),
    puts: () => puts,
    seen,
    setFull(to: boolean) {
      full = to;
    },
  };
}

test("a token that cannot be renewed on a full disk is still accepted, also after a restart", async () => {
  const { clock, sessions, puts, seen, setFull } = await openValues();
  const first = sessions();
  const token = await first.issue("m1");
  setFull(true);
  clock.advance(2 * dayMs);
  const restarted = sessions();
  for (const each of [first, restarted]) expect(await each.resolve(token)).toBe("m1");
  const tried = puts();
  expect(await restarted.resolve(token)).toBe("m1");
  expect(puts()).toBe(tried);
  const notRenewed = expect.objectContaining({ kind: "member_write_failed", step: "session_renewal" });
  expect(seen).toEqual([notRenewed, notRenewed]);
  await expect(first.issue("m2")).rejects.toBeInstanceOf(Unavailable);
});

test("a token in use never expires; an unused one does", async () => {
  const { clock, sessions } = await openValues();
  const [used, unused] = [await sessions().issue("m1"), await sessions().issue("m2")];
  for (let day = 0; day < 60; day += 20) {
    clock.advance(20 * dayMs);
    expect(await sessions().resolve(used)).toBe("m1");
  }
  expect(await sessions().resolve(unused)).toBeUndefined();
});
