import { expect, it } from "vitest";
import { peers } from "../systems/index.js";
import { ours } from "../systems/parlance.js";
import { arrivalsSection, listSection, pauseSection } from "./crowd-tables.js";
import { drawGrowth } from "./growth.js";
import type { Row } from "./results.js";

const systems = [...ours, ...peers];

function row(system: string, subscribers: number, workload: string, figures: Row["figures"]): Row {
  return { block: "any", round: 1, system, subscribers, workload, loadAverage: 0, figures };
}

const rows = [1_000, 2_000].flatMap((subscribers) => [
  row("parlance-h1", subscribers, "arrivals", {
    cpuMicrosPerConnect: 1_500,
    cpuMicrosPerConnectSoFar: 1_600,
  }),
  row("ws", subscribers, "arrivals", { cpuMicrosPerConnect: 150, cpuMicrosPerConnectSoFar: 160 }),
]);

it("draws the arrivals of each system that was measured, and nothing without figures", () => {
  const svg = drawGrowth(rows, systems);
  expect(svg).toContain("Parlance, Connect HTTP/1.1</text>");
  expect(svg).toContain(">ws</text>");
  expect(svg).not.toContain("nats");
  expect(drawGrowth([], systems)).toBeUndefined();
});

it("shows arrivals by thousand, and beside ws", () => {
  const [section] = arrivalsSection(rows, systems);
  expect(section).toContain("| Parlance, Connect HTTP/1.1 | 1.50 | 1.50 |");
  expect(section).toContain("| Parlance, Connect HTTP/1.1, to 2,000 | 1.60 | 10.0 |");
  expect(arrivalsSection([], systems)).toEqual([]);
});

it("shows pauses with what the server waited for its CPU, and a list beside a Broadcast", () => {
  const pauses = [
    row("parlance-h2", 100, "pause quiet", { longestPauseMs: 3, waitedForCpuMs: 1 }),
    row("parlance-h2", 100, "pause broadcast", { longestPauseMs: 4, waitedForCpuMs: 2 }),
    row("parlance-h2", 100, "pause arriving", { longestPauseMs: 5, waitedForCpuMs: 6 }),
  ];
  expect(pauseSection(pauses, systems)[0]).toContain("S = 100 | 3.00 | 4.00 | 5.00 | 1.00 / 2.00 / 6.00 |");
  const lists = [
    row("parlance-h1", 5_000, "list users", { cpuMicrosPerList: 6_000 }),
    row("parlance-h1", 5_000, "list T1", { cpuMicrosPerMessage: 40_000 }),
  ];
  expect(listSection(lists, systems)[0]).toContain("S = 5,000 | 6.00 | 40.0 | 0.150 |");
});
