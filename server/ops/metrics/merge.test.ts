import { expect, test } from "vitest";
import { mergeMetrics } from "./merge.js";

test("each metric is listed once, with the samples of all and the words of the first that has it", () => {
  const one =
    '# HELP a first\n# TYPE a gauge\na{process="1"} 1\n\n# HELP b only here\n# TYPE b counter\nb 5\n';
  const two = [
    "# HELP h both",
    "# TYPE h histogram",
    'h_bucket{le="1",process="2"} 3',
    'h_sum{process="2"} 2',
    "# HELP a second",
    "# TYPE a gauge",
    'a{process="2"} 2',
    "",
  ].join("\n");
  expect(mergeMetrics([one, "", two])).toBe(
    [
      "# HELP a first",
      "# TYPE a gauge",
      'a{process="1"} 1',
      'a{process="2"} 2',
      "# HELP b only here",
      "# TYPE b counter",
      "b 5",
      "# HELP h both",
      "# TYPE h histogram",
      'h_bucket{le="1",process="2"} 3',
      'h_sum{process="2"} 2',
      "",
    ].join("\n"),
  );
});
