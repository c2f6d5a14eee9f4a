import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{server,client,test,bench}/**/*.test.ts"],
    // Real servers, terminals and kills need more than vitest's 5 s on a busy two-core machine.
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
