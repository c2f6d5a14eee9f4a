import { describe, expect, test } from "vitest";
import { readCommand, usage } from "./arguments.js";
import { readDuration, writeDuration } from "./duration.js";
import { type Config, ConfigError } from "./settings.js";

const config = (argv: string[], env: NodeJS.ProcessEnv = {}): Config => {
  const command = readCommand(argv, env);
  if (command.kind !== "serve") throw new Error("not a serve command");
  return command.config;
};

describe("settings", () => {
  test("have defaults that need no thought", () => {
    expect(config([])).toMatchObject({
      listen: { host: "127.0.0.1", port: 12231 },
      graceMs: 30_000,
      idleMs: 300_000,
      heartbeatMs: 15_000,
      rate: 10,
      burst: 30,
      locale: "en",
      logLevel: "info",
      logFormat: "auto",
      metrics: "off",
    });
  });

  test("a flag wins over its variable, and a variable over the default", () => {
    const env = { PARLANCE_GRACE: "1m", PARLANCE_IDLE: "2m" };
    expect(config(["--grace", "5s"], env)).toMatchObject({ graceMs: 5_000, idleMs: 120_000 });
  });

  test("an empty variable is no setting", () => {
    expect(config([], { PARLANCE_GRACE: "" }).graceMs).toBe(30_000);
  });

  test("the language comes from the environment of the machine", () => {
    expect(config([], { LANG: "zh_CN.UTF-8" }).locale).toBe("zh-CN");
    expect(config([], { LANG: "de_DE.UTF-8" }).locale).toBe("en");
    expect(config(["--locale", "EN"], { LANG: "zh_CN.UTF-8" }).locale).toBe("en");
  });

  test.each([
    ["[::1]:80", { host: "::1", port: 80 }],
    ["localhost:0", { host: "localhost", port: 0 }],
    [":9", { host: "0.0.0.0", port: 9 }],
  ])("%s is an address", (text, listen) => {
    expect(config(["--listen", text]).listen).toEqual(listen);
  });

  test("what cannot be used is named, with what would do", () => {
    expect(() => config(["--grace", "soon"])).toThrow(ConfigError);
    expect(() => config(["--grace", "soon"])).toThrow(/--grace: "soon" is not a duration/);
    expect(() => config([], { PARLANCE_RATE: "x" })).toThrow(/PARLANCE_RATE: "x" is not a number/);
  });

  test.each([
    ["--listen", "nowhere"],
    ["--listen", "127.0.0.1:99999"],
    ["--grace", "-1s"],
    ["--heartbeat", "1ms"],
    ["--rate", "fast"],
    ["--burst", "0"],
    ["--burst", "1.5"],
    ["--locale", "fr"],
    ["--store", "tape:"],
    ["--log-level", "loud"],
    ["--log-format", "xml"],
    ["--metrics", "on"],
    ["--motd", "x".repeat(2_001)],
    ["--allow-origin", "chat.example.org"],
    ["--frobnicate", ""],
    ["extra", ""],
  ])("%s %s is refused", (...argv) => {
    expect(() => config(argv)).toThrow(ConfigError);
  });

  test("--help has every setting", () => {
    for (const flag of [
      "listen",
      "store",
      "locale",
      "grace",
      "idle",
      "heartbeat",
      "motd",
      "rate",
      "burst",
      "log-level",
      "log-format",
      "metrics",
    ])
      expect(usage()).toContain(`--${flag} `);
  });
});

describe("status", () => {
  test.each([
    ["127.0.0.1:9464", "127.0.0.1"],
    [":9464", "127.0.0.1"],
    ["[::]:9464", "::1"],
  ])("asks the metrics at %s from this machine", (metrics, host) => {
    expect(readCommand(["status"], { PARLANCE_METRICS: metrics })).toEqual({
      kind: "status",
      metrics: { host, port: 9464 },
    });
  });

  test("needs to know where", () => {
    expect(() => readCommand(["status"], {})).toThrow("status needs --metrics HOST:PORT");
    expect(() => readCommand(["status", "now", "--metrics", ":1"], {})).toThrow(ConfigError);
  });
});

describe("durations", () => {
  test.each([
    ["500ms", 500],
    ["2s", 2_000],
    ["1.5s", 1_500],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["30d", 2_592_000_000],
  ])("%s", (text, ms) => {
    expect(readDuration(text)).toBe(ms);
  });

  test.each(["", "5", "s", "-1s", "1 s", "1y", "1e3s"])("%j is none", (text) => {
    expect(readDuration(text)).toBeUndefined();
  });

  test("are written in the largest unit that fits", () => {
    expect([500, 15_000, 90_000, 300_000, 86_400_000].map(writeDuration)).toEqual([
      "500ms",
      "15s",
      "90s",
      "5m",
      "1d",
    ]);
  });
});
