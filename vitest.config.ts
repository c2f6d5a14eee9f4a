import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "test/support/build-server.ts",
    include: ["{server,client,test,bench}/**/*.test.ts"],
    // Real kills, power cuts and full disks take minutes: npm run faults.
    exclude: ["test/faults/**", "**/node_modules/**"],
    // Many tests wait for another process; by default vitest leaves one of two cores idle.
    maxWorkers: 2,
    // Real servers, terminals and kills need more than vitest's 5 s on a busy two-core machine.
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
