import { describe, expect, it, vi } from "vitest";
import { recordObservations } from "../../../test/support/observations.js";
import type { Batch, Clock, Entry, EventLog, Hint, Position } from "../ports.js";
import { PositionLost, Unavailable } from "../ports.js";
import { Tailer } from "./tailer.js";

/** A log that the test controls: hints can be lost, epochs change, the newest entries vanish. */
function createScriptedLog() {
  let epoch = "epoch-one";
  let entries: Entry[] = [];
  let hint: Hint = () => {};
  const faults: (() => Batch | undefined)[] = [];
  const head = () => ({ epoch, first: entries[0]?.seq ?? 1, last: entries.at(-1)?.seq ?? 0 });
  const scripted = {
    faults,
    reads: 0,
    hint: (entry?: Entry & Position) => hint(entry),
    grow(count = 1): (Entry & Position)[] {
      return Array.from({ length: count }, () => {
        const entry = { seq: head().last + 1, at: 0, data: new Uint8Array() };
        entries.push(entry);
        return { ...entry, epoch };
      });
    },
    begin(next: string) {
      epoch = next;
    },
    drop(count: number) {
      entries = entries.slice(0, -count);
    },
    log: {
      append: () => Promise.reject(new Error("not used")),
      head: async () => head(),
      async read(after, limit) {
        scripted.reads++;
        const answer = faults.shift()?.();
        if (answer) return answer;
        const from = after?.seq ?? 0;
        if (from > head().last) throw new PositionLost("future", { epoch, seq: head().last });
        return { ...head(), entries: entries.filter((entry) => entry.seq > from).slice(0, limit) };
      },
      async watch(call) {
        hint = call;
        return async () => {
          hint = () => {};
        };
      },
    } satisfies EventLog as EventLog,
  };
  return scripted;
}

function createTestClock() {
  const timers = new Set<{ at: number; call: () => void }>();
  let now = 0;
  return {
    async pass(ms: number) {
      now += ms;
      for (const timer of [...timers]) {
        if (timer.at > now) continue;
        timers.delete(timer);
        timer.call();
      }
      await settled();
    },
    pending: () => timers.size,
    clock: {
      now: () => now,
      monotonic: () => now,
      after(ms, call) {
        const timer = { at: now + ms, call };
        timers.add(timer);
        return () => timers.delete(timer);
      },
    } satisfies Clock as Clock,
  };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function startTailer() {
  const scripted = createScriptedLog();
  const time = createTestClock();
  const delivered: string[] = [];
  const { seen, observe } = recordObservations();
  const tailer = new Tailer({
    log: scripted.log,
    clock: time.clock,
    observe,
    deliver: (entry, epoch) => delivered.push(`${epoch} ${entry.seq}`),
    lost: (resume) => delivered.push(`lost ${resume.epoch} ${resume.seq}`),
  });
  return { scripted, time, delivered, seen, tailer };
}

describe("the tailer", () => {
  it("starts at the head and delivers what is appended from then on, in order", async () => {
    const { scripted, delivered, tailer } = startTailer();
    scripted.grow(3);
    expect(await tailer.start()).toEqual({ epoch: "epoch-one", first: 1, last: 3 });
    for (const entry of scripted.grow(2)) scripted.hint(entry);
    expect(delivered).toEqual(["epoch-one 4", "epoch-one 5"]);
    await tailer.stop();
  });

  it("starts after a given position", async () => {
    const { scripted, delivered, tailer } = startTailer();
    scripted.grow(3);
    await tailer.start({ epoch: "epoch-one", seq: 1 });
    await settled();
    expect(delivered).toEqual(["epoch-one 2", "epoch-one 3"]);
    await tailer.stop();
  });

  it("delivers each entry once when hints are repeated, reordered or late", async () => {
    const { scripted, delivered, tailer } = startTailer();
    await tailer.start();
    const [one, two, three] = scripted.grow(3);
    scripted.hint(three);
    scripted.hint(one);
    scripted.hint(one);
    scripted.hint(two);
    await settled();
    scripted.hint(three);
    await settled();
    expect(delivered).toEqual(["epoch-one 1", "epoch-one 2", "epoch-one 3"]);
    await tailer.stop();
  });

  it("finds an entry without a hint within a second", async () => {
    const { scripted, time, delivered, tailer } = startTailer();
    await tailer.start();
    await settled();
    scripted.grow(1);
    await time.pass(1_000);
    expect(delivered).toEqual(["epoch-one 1"]);
    await tailer.stop();
  });

  it("continues reading while pages are full", async () => {
    const { scripted, delivered, tailer } = startTailer();
    await tailer.start();
    await settled();
    scripted.grow(600);
    scripted.hint();
    await vi.waitFor(() => expect(delivered).toHaveLength(600));
    expect(new Set(delivered).size).toBe(600);
    await tailer.stop();
  });

  it("does not let an entry overtake the one being delivered", async () => {
    const scripted = createScriptedLog();
    const delivered: string[] = [];
    const tailer = new Tailer({
      log: scripted.log,
      clock: createTestClock().clock,
      observe: () => undefined,
      deliver(entry) {
        delivered.push(`begin ${entry.seq}`);
        if (entry.seq === 1) scripted.hint(scripted.grow(1)[0]);
        delivered.push(`end ${entry.seq}`);
      },
      lost: () => {},
    });
    await tailer.start();
    scripted.hint(scripted.grow(1)[0]);
    await settled();
    expect(delivered).toEqual(["begin 1", "end 1", "begin 2", "end 2"]);
    await tailer.stop();
  });

  it("retries while the store is unavailable, with a delay that grows up to a second", async () => {
    const { scripted, time, delivered, seen, tailer } = startTailer();
    const down = () => {
      throw new Unavailable("unknown");
    };
    scripted.faults.push(...Array.from({ length: 8 }, () => down));
    await tailer.start();
    await settled();
    scripted.grow(1);
    for (let tries = 1; tries < 8; tries++) {
      expect(delivered).toEqual([]);
      expect(scripted.reads).toBe(tries);
      await time.pass(1_000);
    }
    await time.pass(1_000);
    expect(delivered).toEqual(["epoch-one 1"]);
    const failures = Array.from({ length: 8 }, (_, i) => ({
      kind: "log_read_failed",
      by: "room",
      attempt: i + 1,
    }));
    expect(seen).toMatchObject([...failures, { kind: "log_read_recovered", by: "room", attempts: 8 }]);
    await tailer.stop();
  });

  it("continues in a new epoch that lost nothing", async () => {
    const { scripted, delivered, tailer } = startTailer();
    await tailer.start();
    scripted.hint(scripted.grow(1)[0]);
    await settled();
    scripted.begin("epoch-two");
    scripted.hint(scripted.grow(1)[0]);
    await settled();
    expect(delivered).toEqual(["epoch-one 1", "epoch-two 2"]);
    expect(tailer.position()).toEqual({ epoch: "epoch-two", seq: 2 });
    await tailer.stop();
  });

  it("reports that its position is lost, and continues where the log does", async () => {
    const { scripted, time, delivered, tailer } = startTailer();
    await tailer.start();
    for (const entry of scripted.grow(3)) scripted.hint(entry);
    await settled();
    scripted.drop(2);
    scripted.begin("epoch-two");
    await time.pass(1_000);
    scripted.hint(scripted.grow(1)[0]);
    await settled();
    expect(delivered.slice(3)).toEqual(["lost epoch-two 1", "epoch-two 2"]);
    await tailer.stop();
  });

  it("does not mix a page of a new epoch with hints of the old one that arrived meanwhile", async () => {
    const { scripted, delivered, tailer } = startTailer();
    await tailer.start();
    await settled();
    const [lost] = scripted.grow(1);
    scripted.faults.push(() => {
      scripted.drop(1);
      scripted.begin("epoch-two");
      const page = scripted.grow(2);
      scripted.hint(lost);
      return { epoch: "epoch-two", first: 1, last: 2, entries: page };
    });
    scripted.faults.push(() => {
      throw new PositionLost("future", { epoch: "epoch-two", seq: 0 });
    });
    scripted.hint();
    await settled();
    await settled();
    expect(delivered).toEqual(["epoch-one 1", "lost epoch-two 0", "epoch-two 1", "epoch-two 2"]);
    await tailer.stop();
  });

  it("resolves a wait when its position was reached or lost", async () => {
    const { scripted, time, tailer } = startTailer();
    await tailer.start();
    await settled();
    const reached = tailer.until({ epoch: "epoch-one", seq: 2 });
    for (const entry of scripted.grow(2)) scripted.hint(entry);
    await reached;
    await tailer.until({ epoch: "epoch-one", seq: 1 });
    const lost = tailer.until({ epoch: "epoch-one", seq: 9 });
    scripted.drop(1);
    await time.pass(1_000);
    await lost;
    await tailer.stop();
  });

  it("lags while it knows of entries that it cannot read", async () => {
    const { scripted, time, delivered, tailer } = startTailer();
    await tailer.start();
    await settled();
    scripted.grow(3);
    for (let i = 0; i < 2; i++)
      scripted.faults.push(() => {
        throw new Unavailable("not-applied");
      });
    const caughtUp = tailer.catchUp();
    await settled();
    expect(tailer.lag()).toEqual({ events: 3, ms: 0 });
    await time.pass(60);
    expect([delivered, tailer.lag()]).toEqual([[], { events: 3, ms: 60 }]);
    await time.pass(1_000);
    await caughtUp;
    expect(tailer.lag()).toEqual({ events: 0, ms: 0 });
    await tailer.stop();
  });

  it("rejects all waits and cancels its timer when stopped", async () => {
    const { time, delivered, scripted, tailer } = startTailer();
    await tailer.start();
    await settled();
    const waiting = tailer.until({ epoch: "epoch-one", seq: 1 });
    const outcome = expect(waiting).rejects.toBeInstanceOf(Unavailable);
    await tailer.stop();
    await outcome;
    scripted.hint(scripted.grow(1)[0]);
    await settled();
    expect(delivered).toEqual([]);
    expect(time.pending()).toBe(0);
  });
});
