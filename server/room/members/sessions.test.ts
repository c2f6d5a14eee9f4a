import { expect, test } from "vitest";
import { createManualClock } from "../../../test/support/manual-clock.js";
import { recordObservations } from "../../../test/support/observations.js";
import { createMemoryStore } from "../../engines/memory.js";
import { testIds } from "../../engines/test-ids.js";
import { BackgroundWrites } from "../background.js";
import { type KeyValue, Unavailable } from "../ports.js";
import { Sessions } from "./sessions.js";

const dayMs = 86_400_000;
const state = {
  nickname: "ada",
  joinTime: 0,
  hadFeed: false,
  ignoring: false,
  written: { upTo: 0, except: [] },
};

async function openValues() {
  const clock = createManualClock();
  const { values, open } = createMemoryStore({ clock, ids: testIds });
  await open();
  let full = false;
  const { seen, observe } = recordObservations();
  let puts = 0;
  const deletes: string[][] = [];
  const onDisk: KeyValue = {
    ...values,
    async put(...args) {
      puts++;
      if (full) throw new Unavailable("not-applied");
      return values.put(...args);
    },
    async delete(...keys) {
      deletes.push(keys);
      return values.delete(...keys);
    },
  };
  return {
    clock,
    sessions: () => new Sessions(onDisk, clock, testIds, observe, new BackgroundWrites()),
    puts: () => puts,
    deletes,
    values,
    seen,
    setFull(to: boolean) {
      full = to;
    },
  };
}

test("a token that cannot be renewed on a full disk is still accepted, also after a restart", async () => {
  const { clock, sessions, puts, seen, setFull } = await openValues();
  const first = sessions();
  const token = await first.issue("m1", state);
  setFull(true);
  clock.advance(2 * dayMs);
  const restarted = sessions();
  for (const each of [first, restarted]) expect(await each.resolve(token)).toBe("m1");
  const tried = puts();
  expect(await restarted.resolve(token)).toBe("m1");
  expect(puts()).toBe(tried);
  const notRenewed = expect.objectContaining({ kind: "member_write_failed", step: "session_renewal" });
  expect(seen).toEqual([notRenewed, notRenewed]);
  await expect(first.issue("m2", state)).rejects.toBeInstanceOf(Unavailable);
});

test("a token in use never expires; an unused one does", async () => {
  const { clock, sessions } = await openValues();
  const [used, unused] = [await sessions().issue("m1", state), await sessions().issue("m2", state)];
  for (let day = 0; day < 60; day += 20) {
    clock.advance(20 * dayMs);
    expect(await sessions().resolve(used)).toBe("m1");
  }
  expect(await sessions().resolve(unused)).toBeUndefined();
});

test("a ninth token ends the oldest, also across a restart", async () => {
  const { sessions } = await openValues();
  const first = sessions();
  const tokens: string[] = [];
  for (let i = 0; i < 8; i++) tokens.push(await first.issue("m1", state));
  const restarted = sessions();
  await restarted.readMember("m1");
  tokens.push(await restarted.issue("m1", state));
  for (const each of [restarted, sessions()]) {
    const accepted = await Promise.all(tokens.map((token) => each.resolve(token)));
    expect(accepted).toEqual([undefined, ...Array.from({ length: 8 }, () => "m1")]);
  }
});

test("the end of a member deletes its record and all its tokens in one write", async () => {
  const { sessions, deletes } = await openValues();
  const first = sessions();
  const tokens = await Promise.all(Array.from({ length: 20 }, () => first.issue("m1", state)));
  const restarted = sessions();
  await restarted.readMember("m1");
  deletes.length = 0;
  await restarted.end("m1");
  expect(deletes.map((keys) => keys.length)).toEqual([9]);
  for (const token of tokens) expect(await sessions().resolve(token)).toBeUndefined();
  expect(await sessions().readMember("m1")).toBeUndefined();
});

test("a token of a file that has no list of them is accepted, and listed", async () => {
  const { sessions, values } = await openValues();
  const json = (value: object) => new TextEncoder().encode(JSON.stringify(value));
  await values.put(`session:${testIds.hash("older")}`, json({ memberId: "m1" }));
  await values.put("member:m1", json({ nickname: "ada", joinTime: 0, fed: true, ignoring: true }));
  const opened = sessions();
  expect(await opened.readMember("m1")).toEqual({ ...state, hadFeed: true, ignoring: true });
  expect(await opened.resolve("older")).toBe("m1");
  for (let i = 0; i < 8; i++) await opened.issue("m1", state);
  expect(await opened.resolve("older")).toBeUndefined();
});
