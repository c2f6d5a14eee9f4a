import { describe, expect, test } from "vitest";
import { nodeWarning } from "./node-version.js";

const TODAY = Date.parse("2026-11-26");

describe("the Node that runs the server", () => {
  test.each(["22.23.2", "22.23.3", "24.18.1", "24.21.0", "26.5.1", "26.10.0", "27.0.0", "28.1.0"])(
    "%s raises no warning",
    (version) => {
      expect(nodeWarning(version, TODAY)).toBeUndefined();
    },
  );
  test.each(["22.13.0", "22.23.1", "24.0.0", "24.18.0", "26.5.0"])("%s lacks security fixes", (version) => {
    expect(nodeWarning(version, TODAY)).toMatch(
      /lacks security fixes for HTTP\/2; use \d+\.\d+\.\d+ or later/,
    );
  });
  test.each(["23.11.0", "25.1.0"])("%s is a line that has ended", (version) => {
    expect(nodeWarning(version, TODAY)).toContain("no longer receives security fixes");
  });
  test("a line ends on its day", () => {
    expect(nodeWarning("22.99.0", Date.parse("2027-04-29"))).toBeUndefined();
    expect(nodeWarning("22.99.0", Date.parse("2027-05-01"))).toContain("since 2027-04-30");
  });
  test("the Node that runs the tests is supported", () => {
    expect(nodeWarning(process.versions.node, Date.now())).toBeUndefined();
  });
});
