import { expect, it } from "vitest";
import { embed } from "./embed.js";
import { table, withEnds } from "./format.js";

it("replaces the text between the marker comments, repeatedly", () => {
  const document = "# Page\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nmore\n";
  const once = embed(document, "bench", "new\n");
  expect(once).toBe("# Page\n<!-- bench:begin -->\n\nnew\n\n<!-- bench:end -->\nmore\n");
  expect(embed(once, "bench", "new")).toBe(once);
});

it("rejects a document without marker comments", () => {
  expect(() => embed("<!-- bench:end --><!-- bench:begin -->", "bench", "new")).toThrow(/bench:begin/);
});

it("leaves out columns without figures", () => {
  expect(table(["a", "b", "c"], [["1", "", "2"]])).toBe("| a | c |\n|---|---:|\n| 1 | 2 |");
});

it("shows minimum and maximum only with several rounds", () => {
  expect(withEnds({ median: 1.456, min: 1.4, max: 1.5, rounds: 3 })).toBe("1.46 (1.40-1.50)");
  expect(withEnds({ median: 1234.5, min: 1234.5, max: 1234.5, rounds: 1 })).toBe("1,235");
  expect(withEnds(undefined)).toBe("");
});
