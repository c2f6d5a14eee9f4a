import { describe, expect, test } from "vitest";
import { createManualClock } from "../../test/support/manual-clock.js";
import type { Observation } from "../room/observer.js";
import { createLog } from "./log.js";
import { observeByLog } from "./observer-log.js";

function logging() {
  const lines: string[] = [];
  const clock = createManualClock();
  const log = createLog("debug", (line) => lines.push(line.replace(/^time=\S+ |\n$/g, "")));
  return { lines, clock, ...observeByLog(log, clock) };
}

const error = new Error("disk is full", { cause: new Error("ENOSPC") });

describe("the log of observations", () => {
  test.each<[Observation, string]>([
    [
      { kind: "store_failed", error, reopening: false },
      'level=error msg="the store cannot be written" error="disk is full" reopening=false',
    ],
    [
      { kind: "store_recovered", downMs: 1_499.6 },
      'level=info msg="the store can be written again" down_ms=1500',
    ],
    [{ kind: "feed_ended", reason: "TOO_SLOW" }, 'level=info msg="feed ended" reason=TOO_SLOW'],
    [{ kind: "feed_ended", reason: "LOGGED_OUT" }, 'level=debug msg="feed ended" reason=LOGGED_OUT'],
    [
      { kind: "call_refused", rpc: "Login", reason: "NICKNAME_TAKEN", address: "10.0.0.7" },
      'level=info msg="calls refused" rpc=Login reason=NICKNAME_TAKEN count=1 address=10.0.0.7',
    ],
    [
      { kind: "call_refused", rpc: "Login", reason: "RATE_LIMITED", budget: "logins", address: "10.0.0.7" },
      'level=info msg="calls refused" rpc=Login reason=RATE_LIMITED budget=logins count=1 address=10.0.0.7',
    ],
    [
      { kind: "peers_refused", reason: "untrusted_proxy", address: "10.0.0.7", count: 3 },
      'level=warn msg="connections with a PROXY header refused; if they are of a proxy of yours, name it by --trusted-proxy" address=10.0.0.7 count=3',
    ],
  ])("%o", (observation, line) => {
    const { lines, observe } = logging();
    observe(observation);
    expect(lines).toEqual([line]);
  });

  test("a defect is logged with its stack, an expected failure in one short line", () => {
    const { lines, observe } = logging();
    observe({ kind: "call_failed", rpc: "Help", error });
    observe({ kind: "call_aborted", rpc: "Help", error });
    expect(lines[0]).toContain("observer-log.test.ts");
    expect(lines[1]).toBe('level=info msg="calls broken off" rpc=Help error="disk is full" count=1');
  });

  test("the same warning comes once in ten seconds, then with the number of those left out", () => {
    const { lines, observe, clock } = logging();
    const failed = (step: "left" | "joined") => observe({ kind: "member_write_failed", step, error });
    for (let i = 0; i < 5; i++) failed("left");
    failed("joined");
    clock.advance(10_000);
    failed("left");
    expect(lines).toEqual([
      `level=warn msg="a member's state was not written" step=left error="disk is full"`,
      `level=warn msg="a member's state was not written" step=joined error="disk is full"`,
      `level=warn msg="a member's state was not written" step=left error="disk is full" left_out=4`,
    ]);
  });

  test("each address that many members share has its line", () => {
    const { lines, observe } = logging();
    for (const address of ["10.0.0.7", "10.0.0.8"]) observe({ kind: "address_shared", address, members: 50 });
    expect(lines.map((line) => /--trusted-proxy.* address=(\S+) members=50$/.exec(line)?.[1])).toEqual([
      "10.0.0.7",
      "10.0.0.8",
    ]);
  });

  test("who registers and gives up again and again has one line a minute for each change", () => {
    const { lines, observe, clock } = logging();
    for (let i = 0; i < 100; i++)
      for (const change of ["registered", "given_up"] as const)
        observe({ kind: "registration_changed", change, id: "B_kjFHNO" });
    observe({ kind: "registration_changed", change: "registered", id: "eYkDmxqI" });
    const line = (change: string, id: string, count: number) =>
      `level=info msg="a registered nickname changed" change=${change} id=${id} count=${count}`;
    expect(lines.splice(0)).toEqual([
      line("registered", "B_kjFHNO", 1),
      line("given_up", "B_kjFHNO", 1),
      line("registered", "eYkDmxqI", 1),
    ]);
    clock.advance(60_000);
    expect(lines).toEqual([line("registered", "B_kjFHNO", 99), line("given_up", "B_kjFHNO", 99)]);
  });

  test("budgets of an address are counted apart", () => {
    const { lines, observe, clock } = logging();
    const refuse = (budget: "logins" | "members", address: string) =>
      observe({ kind: "call_refused", rpc: "Login", reason: "RATE_LIMITED", budget, address });
    for (let i = 0; i < 10; i++) refuse("logins", `10.0.0.${i % 3}`);
    refuse("members", "10.0.0.9");
    lines.splice(0);
    clock.advance(60_000);
    expect(lines).toEqual([
      'level=info msg="calls refused" rpc=Login reason=RATE_LIMITED budget=logins count=9 address=10.0.0.1 addresses=3',
    ]);
  });

  test("refusals come once a minute for each RPC and reason, with count and address", () => {
    const { lines, observe, clock, flush } = logging();
    const refuse = (rpc: string, reason: string, address: string) =>
      observe({ kind: "call_refused", rpc, reason, address });
    for (let i = 0; i < 100; i++) refuse("Login", "ROOM_FULL", i % 3 === 0 ? "10.0.0.8" : "10.0.0.7");
    refuse("Login", "NICKNAME_TAKEN", "10.0.0.8");
    expect(lines.splice(0)).toEqual([
      'level=info msg="calls refused" rpc=Login reason=ROOM_FULL count=1 address=10.0.0.8',
      'level=info msg="calls refused" rpc=Login reason=NICKNAME_TAKEN count=1 address=10.0.0.8',
    ]);
    clock.advance(60_000);
    refuse("Login", "ROOM_FULL", "10.0.0.9");
    flush();
    expect(lines).toEqual([
      'level=info msg="calls refused" rpc=Login reason=ROOM_FULL count=99 address=10.0.0.7 addresses=2',
      'level=info msg="calls refused" rpc=Login reason=ROOM_FULL count=1 address=10.0.0.9',
    ]);
  });
});
