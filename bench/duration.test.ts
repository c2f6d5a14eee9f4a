import { beforeAll, expect, it, vi } from "vitest";
import { expectedSeconds } from "./duration.js";
import { readOptions } from "./options.js";
import { plan } from "./plan.js";
import { peers } from "./systems/index.js";
import { oursOverTls, oursShared } from "./systems/parlance.js";

/** What a machine lacks shortens its own run alone, not the one that is promised. */
beforeAll(() => {
  for (const system of [...peers, ...oursOverTls, ...oursShared]) {
    vi.spyOn(system, "version").mockReturnValue("1");
  }
  return () => vi.restoreAllMocks();
});

const minutes = (...argv: string[]) => expectedSeconds(plan(readOptions(argv))) / 60;

it("expects the whole benchmark to take less than an hour, and the quick form a few minutes", () => {
  expect(minutes("--peers", "all")).toBeLessThan(60);
  expect(minutes("--peers", "all")).toBeGreaterThan(30);
  expect(minutes("--quick")).toBeLessThan(4);
});

it("counts every round", () => {
  expect(minutes("--only", "arrivals", "--rounds", "6")).toBeCloseTo(
    6 * minutes("--only", "arrivals", "--rounds", "1"),
  );
});
