import { expect, it } from "vitest";
import { serverFor } from "./placement.js";

const indexes = [0, 1, 2, 3];

it("spreads subscribers and senders evenly over the servers", () => {
  for (const role of ["subscriber", "sender"] as const)
    expect(indexes.map((index) => serverFor(["a", "b"], "spread", role, index))).toEqual([
      "a",
      "b",
      "a",
      "b",
    ]);
});

it("keeps senders and subscribers apart, so that every message passes from one server to another", () => {
  expect(indexes.map((index) => serverFor(["a", "b"], "apart", "sender", index))).toEqual([
    "a",
    "a",
    "a",
    "a",
  ]);
  expect(indexes.map((index) => serverFor(["a", "b"], "apart", "subscriber", index))).toEqual([
    "b",
    "b",
    "b",
    "b",
  ]);
});

it("has one server for everyone where there is one", () => {
  for (const placement of ["spread", "apart"] as const)
    expect(serverFor(["a"], placement, "subscriber", 1)).toBe("a");
});
