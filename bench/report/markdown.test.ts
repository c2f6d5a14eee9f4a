import { expect, it } from "vitest";
import type { Facts } from "../host/facts.js";
import type { Figures } from "../job.js";
import { ours, oursModerated, oursOnDisk, oursShared } from "../systems/parlance.js";
import { judgeGates } from "./gates.js";
import { renderApart, renderDetails, renderGoals } from "./markdown.js";
import type { Row } from "./results.js";

const facts: Facts = {
  date: "2026-01-01T00:00:00.000Z",
  cpu: "a CPU",
  cores: 2,
  memoryBytes: 2 ** 30,
  virtualisation: "none seen",
  kernel: "a kernel",
  node: "v24.0.0",
  commit: "abcdef",
  server: "dist/parlance-server.js",
  pinning: { server: 0, load: 1 },
  exactCpuTime: true,
  versions: {},
  absent: ["parlance-valkey"],
  arguments: "",
};
const systems = [...oursOnDisk, ...oursShared];

function row(block: string, system: string, workload: string, subscribers: number, figures: Figures): Row {
  return { block, round: 1, system, subscribers, workload, loadAverage: 0, figures };
}

function serversRows(system: string, p50Ms: number, deliveriesPerSecond: number, cpu: number): Row[] {
  const engine = system === "parlance-sqlite" ? {} : { engineMicrosPerMessage: 77 };
  return [
    row("servers", system, "servers 200/s", 1, { p50Ms, p99Ms: 9 }),
    row("servers", system, "servers 64", 2, { deliveriesPerSecond, cpuMicrosPerMessage: 60, ...engine }),
    row("servers", system, "servers T1", 600, { cpuMicrosPerDelivery: cpu }),
    row("servers", system, "servers T8", 600, { cpuMicrosPerDelivery: cpu }),
  ];
}

function reportOf(rows: readonly Row[]) {
  return { facts, rows, failures: [], verdicts: judgeGates(rows, true) };
}

it("gives several servers a part of their own, with goals, figures and the engine's CPU time", () => {
  const rows = [
    ...serversRows("parlance-sqlite", 1, 1_000, 5),
    ...serversRows("parlance-redis", 1.4, 300, 6.5),
  ];
  const report = reportOf(rows);
  const part = renderApart("servers", report, systems);
  expect(part).toMatch(/commit abcdef/);
  expect(part).toMatch(/Not installed here: parlance-valkey/);
  expect(part).toMatch(/p50 from one server to the other \| ≤ 1.5 \| 1.40 \| reached/);
  expect(part).toMatch(/64 outstanding, messages per second \| ≥ 0.4 \| 0.300 \| \*\*missed\*\*/);
  expect(part).toMatch(/S=600, T1, CPU per delivery \| ≤ 1.2 \| 1.30 \| \*\*missed\*\*/);
  expect(part).toMatch(/one Redis \| 1.40 \| 1.40 \| 9.00 \| 300 \| 0.300 \| 60.0 \| 77.0 \|/);
  expect([renderGoals(report), renderDetails(report, systems, undefined)]).toEqual(["", ""]);
});

it("gives a moderator in a crowd one, too, with goals in milliseconds", () => {
  const system = "parlance-moderated";
  const rows = [
    row("moderation", system, "no logins", 1_000, { responseP99Ms: 10 }),
    row("moderation", system, "logins", 1_000, { responseP99Ms: 14, admitted: 80 }),
    row("moderation", system, "erase", 1_000, { actionMs: 1_200 }),
    row("moderation", system, "ban", 1_000, { actionMs: 90 }),
  ];
  const report = reportOf(rows);
  const part = renderApart("moderation", report, oursModerated);
  expect(part).toMatch(/from a ban to the end of the last feed \| ≤ 100 ms \| 90.0 ms \| reached/);
  expect(part).toMatch(/500 messages erased \| ≤ 1000 ms \| 1,200 ms \| \*\*missed\*\*/);
  expect(part).toMatch(/p99 of Broadcast \| ≤ 1.5 \| 1.40 \| reached/);
  expect(part).toMatch(/S = 1000: Parlance, in memory \| 90.0 \| 1,200 \| 10.0 \| 14.0 \| 1.40 \| 80.0 \|/);
  expect([renderGoals(report), renderDetails(report, oursModerated, undefined)]).toEqual(["", ""]);
});

it("gives the page one with targets of its own, in the units of its figures", () => {
  const rows = [
    row("page", "parlance-h1", "page opening", 1, { firstPaintMs: 120, readyMs: 510 }),
    row("page", "parlance-h1", "page rows", 1, { heapBytes: 3 * 2 ** 20, jumpMaxMs: 18 }),
  ];
  const part = renderApart("page", reportOf(rows), ours);
  expect(part).toMatch(/First contentful paint, ms \| ≤ 300 \| 120 \| reached/);
  expect(part).toMatch(/Nickname can be typed, ms \| ≤ 500 \| 510 \| \*\*missed\*\*/);
  expect(part).toMatch(/Heap after all messages, MiB \| ≤ 60 \| 3.00 \| reached/);
  expect(part).toMatch(/longest of 40, ms \| ≤ 32 \| 18.0 \| reached/);
});

it("has no such part, and no row of it elsewhere, where several servers were not measured", () => {
  const rows = [row("disk", "parlance-sqlite", "disk 1", 1, { deliveriesPerSecond: 5 })];
  const report = reportOf(rows);
  expect(renderApart("servers", report, systems)).toBe("");
  expect(renderDetails(report, systems, undefined)).toMatch(/### Store on disk/);
});
