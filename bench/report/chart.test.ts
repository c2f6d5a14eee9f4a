import { expect, it } from "vitest";
import { drawCharts, linearTicks, logTicks, spreadApart } from "./chart.js";

it("puts round ticks around the values", () => {
  expect(logTicks(0.07, 9)).toEqual([0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]);
  expect(logTicks(1, 1)).toEqual([1]);
  expect(linearTicks(10_000)).toEqual(Array.from({ length: 11 }, (_, index) => index * 1_000));
  expect(linearTicks(2_500).at(-1)).toBe(2_500);
});

it("moves the names of close lines apart, in their order", () => {
  expect(spreadApart([50, 10, 12], 14)).toEqual([50, 10, 24]);
});

it("draws each line that has points, with axis labels, and escapes names", () => {
  const chart = { title: "A & B", xLabel: "subscribers", yLabel: "ms", logX: true };
  const points = [
    [100, 1],
    [1_000, 20],
  ] as const;
  const svg = drawCharts([
    {
      ...chart,
      lines: [
        { name: "a<b", points },
        { name: "none", points: [] },
      ],
    },
  ]);
  expect(svg).toContain(">subscribers</text>");
  expect(svg).toContain(">ms</text>");
  expect(svg).toContain(">1,000</text>");
  expect(svg).toContain("A &amp; B");
  expect(svg).toContain(">a&lt;b</text>");
  expect(svg).not.toContain("none<");
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  expect(drawCharts([{ ...chart, lines: [] }])).toBeUndefined();
});
