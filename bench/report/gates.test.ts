import { describe, expect, it } from "vitest";
import { gates, isWithin, judgeGates } from "./gates.js";
import type { Row } from "./results.js";

function row(system: string, round: number, cpuMicrosPerDelivery: number): Row {
  const where = { block: "delivery-1000", round, system, subscribers: 1000, workload: "T1" };
  return { ...where, loadAverage: 0, figures: { cpuMicrosPerDelivery } };
}

const first = gates.find(({ of, to }) => of.system === "parlance-h1" && to?.system === "inspircd")!;
const atMost = "atMost" in first ? first.atMost : Number.NaN;

function verdictOf(rows: readonly Row[], judge = true) {
  return judgeGates(rows, judge).find(({ gate }) => gate === first)!;
}

describe("the gates", () => {
  it("judge the median of the ratios within rounds, not the ratio of medians", () => {
    const rows = [1, 2, 3].flatMap((round) => [
      row("inspircd", round, round * 10),
      row("parlance-h1", round, round * 10 * atMost),
    ]);
    expect(verdictOf(rows)).toMatchObject({ reached: true, found: { median: atMost, rounds: 3 } });
    rows.push(
      row("inspircd", 4, 1),
      row("parlance-h1", 4, 100),
      row("inspircd", 5, 1),
      row("parlance-h1", 5, 100),
    );
    expect(verdictOf(rows).reached).toBe(true);
    rows.push(
      row("inspircd", 6, 1),
      row("parlance-h1", 6, 100),
      row("inspircd", 7, 1),
      row("parlance-h1", 7, 100),
    );
    expect(verdictOf(rows).reached).toBe(false);
  });

  it("accept an upper or a lower bound", () => {
    expect([0.9, 1, 1.1].map((value) => isWithin({ atMost: 1 }, value))).toEqual([true, true, false]);
    expect([0.9, 1, 1.1].map((value) => isWithin({ atLeast: 1 }, value))).toEqual([false, true, true]);
  });

  it("compare a later thousand of arrivals with the first, and judge times as they are", () => {
    const of = (
      figure: "cpuMicrosPerConnect" | "longestPauseMs",
      workload: string,
      subscribers: number,
      value: number,
    ) => ({
      ...row("parlance-h1", 1, 0),
      workload,
      subscribers,
      figures: { [figure]: value },
    });
    const rows = [
      of("cpuMicrosPerConnect", "arrivals", 1_000, 200),
      of("cpuMicrosPerConnect", "arrivals", 10_000, 230),
      of("longestPauseMs", "pause quiet", 10_000, 21),
      of("longestPauseMs", "pause quiet", 100, 300),
    ];
    const judged = judgeGates(rows, true).filter(({ found }) => found !== undefined);
    expect(judged.map(({ found, reached }) => [found?.median, reached])).toEqual([
      [1.15, true],
      [21, false],
    ]);
  });

  it("judge nothing without both sides in a round, or on an imprecise machine", () => {
    expect(verdictOf([row("parlance-h1", 1, 1), row("inspircd", 2, 1)]).reached).toBeUndefined();
    expect(verdictOf([row("parlance-h1", 1, 1), row("inspircd", 1, 1)], false)).toMatchObject({
      reached: undefined,
      found: { median: 1 },
    });
  });
});
