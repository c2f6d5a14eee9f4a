import { expect, it } from "vitest";
import { countArrivals } from "./arrivals.js";

it("gives each slice its own figures and the mean so far, with a shorter last slice", () => {
  let now = { ms: 0, serverMicros: 500 };
  const arrivals = countArrivals(2, 5, () => now);
  const cost = [1000, 1000, 3000, 3000, 9000];
  for (const [index, micros] of cost.entries()) {
    now = { ms: now.ms + 100, serverMicros: now.serverMicros + micros };
    arrivals.arrived(index + 1);
  }
  const rows = arrivals.rows("arrivals");
  expect(rows.map(({ subscribers }) => subscribers)).toEqual([2, 4, 5]);
  expect(rows.map(({ figures }) => figures.cpuMicrosPerConnect)).toEqual([1000, 3000, 9000]);
  expect(rows.map(({ figures }) => figures.cpuMicrosPerConnectSoFar)).toEqual([1000, 2000, 3400]);
  expect(rows.map(({ figures }) => figures.connectsPerSecond)).toEqual([10, 10, 10]);
  expect(rows.map(({ figures }) => figures.firstEventP99Ms)).toEqual([2, 4, 5]);
});
