import { defineConfig } from "vitest/config";

/** What takes too long for every change: `npm run faults`. */
export const slowTests = [
  "test/faults/**/*.test.ts",
  "test/wire/subscribe-soak.test.ts",
  "test/conformance/protocol-page.test.ts",
  "bench/run.test.ts",
];

/** Kills, power cuts, full disks: slow, heavy, and in part only for root. */
export default defineConfig({
  test: {
    globalSetup: "test/support/build.ts",
    include: slowTests,
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
