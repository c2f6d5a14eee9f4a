import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { readCommand } from "./arguments.js";
import { describeConfig } from "./describe-config.js";
import { usage } from "./help.js";
import { commands } from "./moderate/commands.js";
import { moderateUsage } from "./moderate/moderate.js";
import { type Config, ConfigError, readConfig, settings } from "./settings.js";
import { readDuration, writeDuration } from "./values.js";

const config = (argv: string[], env: NodeJS.ProcessEnv = {}): Config => {
  const command = readCommand(argv, env);
  if (command.kind !== "serve") throw new Error("not a serve command");
  return command.config;
};

test("replicas to wait for need a redis: store", () => {
  const read = (store: string) => readConfig({ flags: { store, "store-replicas": "1" }, env: {} });
  expect(() => read("memory:")).toThrow(new ConfigError("--store-replicas needs a redis: store"));
  expect(read("redis://10.0.0.7").storeReplicas).toBe(1);
});

test("the stored format is that of a redis: store, and one that this version knows", () => {
  const read = (store: string, format: string) =>
    readConfig({ flags: { store, "store-format": format }, env: {} });
  expect(() => read("memory:", "1")).toThrow(new ConfigError("--store-format needs a redis: store"));
  expect(() => read("redis://10.0.0.7", "99")).toThrow(
    /--store-format: "99" is not a stored format that this/,
  );
  expect(read("redis://10.0.0.7", "1").storeFormat).toBe(1);
});

test("access tokens need keys, an issuer and an audience, and a header needs the proxy that sets it", () => {
  const read = (flags: Record<string, string>) => () => readConfig({ flags, env: {} });
  const names = { "access-issuer": "https://app.example.org", "access-audience": "chat" };
  const incomplete = /access tokens need --access-issuer, --access-audience, and/;
  expect(read({ "access-keys": "keys.json" })).toThrow(incomplete);
  expect(read({ ...names })).toThrow(incomplete);
  const both = { ...names, "access-keys": "keys.json", "access-secret-file": "secret" };
  expect(read(both)).toThrow("--access-keys and --access-secret-file exclude each other");
  expect(read({ "trust-header": "X-User" })).toThrow("--trust-header needs --trusted-proxy");
  expect(read({ entry: "external" })).toThrow("--entry external needs --access-keys");
  const { accessKeys, entry } = read({ ...names, "access-keys": "keys.json", entry: "external" })();
  expect([accessKeys, entry]).toEqual([{ kind: "file", path: "keys.json" }, "EXTERNAL"]);
  expect(read({ "trust-header": "X-User", "trusted-proxy": "10.0.0.1" })().trustHeader).toBe("x-user");
});

test("public keys are fetched over TLS, or from the same machine", () => {
  const read = (keys: string) => () => {
    const flags = { "access-keys": keys, "access-issuer": "i", "access-audience": "a" };
    return readConfig({ flags, env: {} }).accessKeys;
  };
  for (const url of ["https://app.example.org/keys", "http://127.0.0.1:8080/keys", "http://[::1]/keys"])
    expect(read(url)()).toEqual({ kind: "url", url });
  for (const url of ["http://app.example.org/keys", "ftp://app.example.org/keys", "https://"])
    expect(read(url)).toThrow(/--access-keys: .* is not a file or an https address/);
});

test("check reads a file, or a room of a redis: store; backup copies files only", () => {
  const store = ["--store", "redis://10.0.0.7", "--room", "lobby"];
  const shared = { kind: "shared check", url: "redis://10.0.0.7", room: "lobby" };
  expect(readCommand(["check", ...store], {})).toEqual(shared);
  expect(readCommand(["check", "room.db", ...store], {})).toEqual({ kind: "check", path: "room.db" });
  expect(() => readCommand(["backup", "copy.db", ...store], {})).toThrow(/a redis: store is no file; copy/);
});

test.each(["redis:", "redis://", "redis://a/b", "redis://a:6379/0?x", "rediss:///1"])(
  "%s is no store",
  (store) => {
    expect(() => readConfig({ flags: { store }, env: {} })).toThrow(ConfigError);
  },
);

test("a password is shown neither in an error nor by config", () => {
  const sources = { flags: { store: "redis://me:secret@10.0.0.7/x" }, env: {} };
  expect(() => readConfig(sources)).toThrow(/redis:\/\/me:\*\*\*@10\.0\.0\.7\/x/);
  expect(describeConfig(sources)).toMatch(/store = "redis:\/\/me:\*\*\*@10\.0\.0\.7\/x"/);
});

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

  test("--help has every setting once", () => {
    const rows = usage().split("\n");
    for (const [, { flag }] of settings)
      expect(rows.filter((row) => row.startsWith(`  --${flag} `))).toHaveLength(1);
  });

  test.each([undefined, "backup", "check", "salvage", "status", "health", "config"])(
    "--help fits on a terminal of 80 columns: %s",
    (verb) => {
      // The path of a store is not broken, however long it is.
      vi.stubEnv("XDG_DATA_HOME", "/data");
      onTestFinished(() => void vi.unstubAllEnvs());
      expect(
        usage(verb)
          .split("\n")
          .filter((row) => row.length > 80),
      ).toEqual([]);
    },
  );

  test("moderate --help has every command once, in 80 columns", () => {
    const rows = moderateUsage().split("\n");
    expect(rows.filter((row) => row.length > 80)).toEqual([]);
    for (const { usage: shown } of Object.values(commands))
      expect(rows.filter((row) => row === `  ${shown}` || row.startsWith(`  ${shown}  `))).toHaveLength(1);
  });

  test("--help of a command is about that one", () => {
    expect(readCommand(["backup", "--help"], {})).toEqual({ kind: "help", verb: "backup" });
    expect(usage("backup")).toMatch(/^Usage: parlance-server backup PATH/);
    expect(usage("backup")).not.toContain("salvage");
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

describe("a settings file", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "parlance-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const fileWith = (text: string): string => {
    const path = join(folder, "server.toml");
    writeFileSync(path, text);
    return path;
  };
  const report = (argv: string[], env: NodeJS.ProcessEnv = {}): string => {
    const command = readCommand(["config", ...argv], env);
    if (command.kind !== "config") throw new Error("not a config command");
    return command.report;
  };

  test("is weaker than a variable, which is weaker than a flag, and stronger than the default", () => {
    const path = fileWith('grace = "1m"\nidle = "2m"\nheartbeat = "3s"\n');
    const env = { PARLANCE_GRACE: "10s", PARLANCE_IDLE: "20s", PARLANCE_CONFIG: path };
    expect(config(["--grace", "1s"], env)).toMatchObject({
      graceMs: 1_000,
      idleMs: 20_000,
      heartbeatMs: 3_000,
      burst: 30,
    });
    expect(config(["--config", fileWith("rate = 2")], { PARLANCE_CONFIG: "/none" }).rate).toBe(2);
  });

  test("has texts, numbers and lists", () => {
    const path = fileWith(
      [
        'motd = """',
        "Be kind.",
        'Be brief."""',
        "keep-days = 0.5",
        'allow-origin = ["https://a", "https://b"]',
      ].join("\n"),
    );
    expect(config(["--config", path])).toMatchObject({
      motd: "Be kind.\nBe brief.",
      keepDays: 0.5,
      allowOrigins: ["https://a", "https://b"],
    });
  });

  test.each([
    ['hartbeat = "1s"', /server\.toml: hartbeat is no setting; did you mean heartbeat\?$/],
    ["keep_events = 5", /server\.toml: keep_events is no setting; did you mean keep-events\?$/],
    ["frobnicate = true", /server\.toml: frobnicate is no setting$/],
    ['[limits]\nrate = "1"', /server\.toml: limits is no setting/],
    ['grace = "soon"', /server\.toml: grace: "soon" is not a duration/],
    ["grace = 30", /server\.toml: grace: "30" is not a duration/],
    ['store = ""', /server\.toml: store: "" is not sqlite:PATH/],
    ["rate = 2026-01-01", /server\.toml: rate is neither a text/],
    ['grace = "1s"\ngrace = "2s"', /server\.toml:2:\d+: Invalid TOML/],
    ["listen = 127.0.0.1:80", /server\.toml:1:\d+: Invalid TOML/],
  ])("%j is refused in one line", (text, message) => {
    const path = fileWith(text);
    expect(() => config(["--config", path])).toThrow(ConfigError);
    expect(() => config(["--config", path])).toThrow(message);
    expect(() => config(["--config", path])).not.toThrow(/\n/);
  });

  test("that cannot be read is refused", () => {
    expect(() => config(["--config", join(folder, "none")])).toThrow(/none cannot be read: ENOENT/);
  });

  test("is what `config` prints, with the source of each value", () => {
    const path = fileWith('rate = 5\nmotd = "one\\n\\"two\\""\n');
    const env = { PARLANCE_IDLE: "20s", PARLANCE_CONFIG: path };
    const printed = report(["--grace", "1s"], env);
    const sourceOf = (flag: string) => new RegExp(`^${flag} = (.*?) +# (.*)$`, "m").exec(printed)?.slice(1);
    expect(sourceOf("grace")).toEqual(['"1s"', "--grace"]);
    expect(sourceOf("idle")).toEqual(['"20s"', "PARLANCE_IDLE"]);
    expect(sourceOf("rate")).toEqual(["5", `${path}: rate`]);
    expect(sourceOf("burst")).toEqual(["30", "default"]);
    expect(sourceOf("keep-events")).toEqual(["0", "default: 100000, in memory 10000"]);
    for (const [, { flag }] of settings) expect(printed).toContain(`${flag} = `);
    expect(config(["--config", fileWith(printed)])).toEqual(
      config(["--grace", "1s"], {
        ...env,
        PARLANCE_CONFIG: "",
        PARLANCE_RATE: "5",
        PARLANCE_MOTD: 'one\n"two"',
      }),
    );
  });
});

test("a misspelt flag is refused with the nearest one", () => {
  expect(() => config(["--hartbeat", "1s"])).toThrow(/'--hartbeat'; did you mean --heartbeat\?$/);
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
