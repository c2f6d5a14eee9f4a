import { defineConfig } from "vitest/config";
import { slowTests } from "./vitest.faults.config.js";

export default defineConfig({
  test: {
    globalSetup: "test/support/build.ts",
    include: ["{server,client,test,bench}/**/*.test.ts"],
    // Kills, power cuts, soaks and the like take minutes: npm run faults.
    exclude: [...slowTests, "**/node_modules/**"],
    // A fresh process for each file would load the same modules a hundred times: a third of the whole time. Files clean
    // up after themselves, so that they run in any order: `--sequence.shuffle.files` shows it.
    isolate: false,
    // Many tests wait for another process; by default vitest would leave one of two cores idle.
    maxWorkers: 3,
    // Real servers, terminals and kills need more than vitest's 5 s on a busy two-core machine.
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
