import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { has, root } from "./support/files.js";

const unit = "deploy/systemd/parlance.service";

describe.skipIf(!has("systemd-analyze"))(unit, () => {
  test("is understood by systemd, and exposes at most 2.0 of 10", () => {
    // In tenths; above it the command fails.
    const output = execFileSync("systemd-analyze", ["security", "--offline=true", "--threshold=20", unit], {
      cwd: root,
      encoding: "utf8",
    });
    const exposure = Number(/exposure level for parlance\.service: (\d+\.\d+)/.exec(output)?.[1]);
    expect(exposure).toBeGreaterThan(0);
    expect(exposure).toBeLessThanOrEqual(2);
  });

  test("has no name or value that systemd ignores", () => {
    const output = execFileSync("sh", ["-c", `systemd-analyze verify ${unit} 2>&1 || true`], {
      cwd: root,
      encoding: "utf8",
    });
    // Not every machine has the package installed.
    const problems = output.split("\n").filter((line) => line.includes("parlance.service:"));
    expect(problems.filter((line) => !line.includes("/opt/parlance/bin/node"))).toEqual([]);
  });
});
