import { defineConfig } from "vitest/config";

/**
 * Kills, power cuts, full disks and soaks: they take minutes, and some of them need root. And what waits for time to pass or
 * starts a client for each of many certificates, so that npm test stays near a minute.
 */
const faults = [
  "test/faults/**/*.test.ts",
  "server/engines/redis/failures.test.ts",
  "server/engines/redis/replicas.test.ts",
  "test/client/between.test.ts",
  "test/client/tls.test.ts",
  "test/wire/budgets.test.ts",
  "test/wire/subscribe-faults.test.ts",
  "test/wire/subscribe-soak.test.ts",
  "test/process/store-loading.test.ts",
  "test/process/unusable-store.test.ts",
  "test/process/upkeep.test.ts",
];

/**
 * Strangers who try to stop, empty or fill the room. Each takes up to 20 s, is tried again if the machine was busy, and
 * needs an idle machine.
 */
const attacks = ["test/attacks/**/*.test.ts"];
/**
 * Three servers behind HAProxy, and a server of several processes, that are killed and frozen: minutes, and programs that
 * not every machine has.
 */
const cluster = [
  "test/cluster/faults.test.ts",
  "test/cluster/members.test.ts",
  "test/cluster/processes.test.ts",
  "test/cluster/versions.test.ts",
  "test/process/processes.test.ts",
];
/**
 * Shared stores on every Redis and Valkey that is installed: nothing of it runs without one, and with both it is a third of
 * the suite.
 */
const engines = [
  "server/engines/redis.test.ts",
  "server/engines/redis/**/*.test.ts",
  "test/cluster/two-servers.test.ts",
  "test/process/unusable-engine.test.ts",
];
/**
 * Operators' commands, people in terminals, and how commands end: each test starts clients and servers of its own, a second
 * of CPU each, so that npm test stays under a minute.
 */
const processes = [
  "client/terminal/tmux.test.ts",
  "test/client/completion.test.ts",
  "test/client/decoding.test.ts",
  "test/client/endings.test.ts",
  "test/client/habits.test.ts",
  "test/client/history.test.ts",
  "test/client/identity.test.ts",
  "test/client/moderation.test.ts",
  "test/client/pending.test.ts",
  "test/client/pipe.test.ts",
  "test/client/private.test.ts",
  "test/client/pty{,-modes,-reconnect}.test.ts",
  "test/process/metrics.test.ts",
  "test/process/moderate.test.ts",
];
/** The files of deploy/ with the real proxies: a minute, and programs that not every machine has. */
const deploy = ["test/deploy/**/*.test.ts"];
/** Every command of every page, in a fresh clone: minutes, and packages from the registry. */
const pages = ["test/pages/**/*.test.ts"];

/** The page in a real Chromium, which not every machine has. */
const web = ["test/web/**/*.test.ts"];

export default defineConfig({
  test: {
    globalSetup: "test/support/build.ts",
    // Many tests wait for another process; by default vitest would leave one of two cores idle.
    maxWorkers: 4,
    projects: [
      {
        extends: true,
        test: {
          // npm test
          name: "suite",
          include: ["{server,client,test}/**/*.test.ts"],
          exclude: [
            ...faults,
            ...attacks,
            ...cluster,
            ...engines,
            ...processes,
            ...deploy,
            ...web,
            ...pages,
            "**/node_modules/**",
          ],
          // A fresh process for each file would load the same modules a hundred times: a third of the whole time. Files
          // clean up after themselves, so that they run in any order: `--sequence.shuffle.files` shows it.
          isolate: false,
          // Real servers, terminals and kills need more than vitest's 5 s on a busy two-core machine.
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
      {
        extends: true,
        // npm run test:faults
        test: { name: "faults", include: faults, testTimeout: 120_000, hookTimeout: 60_000 },
      },
      {
        extends: true,
        // npm run test:attacks
        test: { name: "attacks", include: attacks, testTimeout: 400_000, hookTimeout: 20_000 },
      },
      {
        extends: true,
        // npm run test:engines
        test: {
          name: "engines",
          include: engines,
          exclude: [...faults, "**/node_modules/**"],
          isolate: false,
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
      {
        extends: true,
        // npm run test:processes
        test: { name: "processes", include: processes, testTimeout: 20_000, hookTimeout: 20_000 },
      },
      {
        extends: true,
        // npm run test:cluster
        test: { name: "cluster", include: cluster, testTimeout: 240_000, hookTimeout: 60_000 },
      },
      {
        extends: true,
        // npm run test:deploy
        test: { name: "deploy", include: deploy, testTimeout: 20_000, hookTimeout: 20_000 },
      },
      {
        extends: true,
        // npm run test:web
        test: { name: "web", include: web, testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        extends: true,
        // npm run test:pages
        test: { name: "pages", include: pages, testTimeout: 130_000, hookTimeout: 60_000 },
      },
      {
        extends: true,
        // npm run test:bench; the dialects of other servers are no concern of the product's own checks.
        test: { name: "bench", include: ["bench/**/*.test.ts"], testTimeout: 120_000 },
      },
    ],
  },
});
