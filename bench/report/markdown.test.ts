import { expect, it } from "vitest";
import type { Facts } from "../host/facts.js";
import type { Figures } from "../job.js";
import { oursOnDisk, oursShared } from "../systems/parlance.js";
import { judgeGates } from "./gates.js";
import { renderDetails, renderGoals, renderServers } from "./markdown.js";
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
  const part = renderServers(report, systems);
  expect(part).toMatch(/commit abcdef/);
  expect(part).toMatch(/Not installed here: parlance-valkey/);
  expect(part).toMatch(/p50 from one server to the other \| ≤ 1.5 \| 1.40 \| reached/);
  expect(part).toMatch(/64 outstanding, messages per second \| ≥ 0.4 \| 0.300 \| \*\*missed\*\*/);
  expect(part).toMatch(/S=600, T1, CPU per delivery \| ≤ 1.2 \| 1.30 \| \*\*missed\*\*/);
  expect(part).toMatch(/one Redis \| 1.40 \| 1.40 \| 9.00 \| 300 \| 0.300 \| 60.0 \| 77.0 \|/);
  expect([renderGoals(report), renderDetails(report, systems, undefined)]).toEqual(["", ""]);
});

it("has no such part, and no row of it elsewhere, where several servers were not measured", () => {
  const rows = [row("disk", "parlance-sqlite", "disk 1", 1, { deliveriesPerSecond: 5 })];
  const report = reportOf(rows);
  expect(renderServers(report, systems)).toBe("");
  expect(renderDetails(report, systems, undefined)).toMatch(/### Store on disk/);
});
