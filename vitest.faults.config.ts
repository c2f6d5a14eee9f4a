import { defineConfig } from "vitest/config";

/** Kills, power cuts, full disks: slow, heavy, and in part only for root. */
export default defineConfig({
  test: {
    globalSetup: "test/support/build-server.ts",
    include: ["test/faults/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
