import { expect, test } from "vitest";
import { readSamples } from "./samples.js";

test("samples with and without labels, escapes and special numbers", () => {
  const text = `# HELP a help\n# TYPE a gauge\na 1\nb{x="1",y="q\\"\\\\\\n}"} 2.5e-3 1700000000000\nc{le="+Inf"} +Inf\nd NaN\n\n`;
  expect(readSamples(text)).toEqual([
    { name: "a", labels: {}, value: 1 },
    { name: "b", labels: { x: "1", y: 'q"\\\n}' }, value: 0.0025 },
    { name: "c", labels: { le: "+Inf" }, value: Number.POSITIVE_INFINITY },
    { name: "d", labels: {}, value: Number.NaN },
  ]);
});
