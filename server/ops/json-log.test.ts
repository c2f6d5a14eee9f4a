import { expect, test } from "vitest";
import { createJsonLog } from "./json-log.js";
import type { LogFields, LogLevel } from "./log.js";

const NOW_MS = Date.UTC(2026, 0, 31, 12);

async function record(level: LogLevel = "debug") {
  const lines: string[] = [];
  const log = await createJsonLog(
    level,
    (line) => lines.push(line),
    () => NOW_MS,
  );
  return { log, lines };
}

async function shown(message: string, fields?: LogFields): Promise<string> {
  const { log, lines } = await record();
  log.info(message, fields);
  expect(lines).toHaveLength(1);
  return lines[0]!;
}

test("a record is one line of JSON with its level, time, message and details", async () => {
  const line = await shown("store is slow", {
    pending: 3,
    ok: false,
    big: 2n ** 60n,
    cause: null,
    f: undefined,
  });
  expect(line).toBe(
    `{"level":"info","time":"2026-01-31T12:00:00.000Z","pending":3,"ok":false,"big":${2n ** 60n},"cause":null,"msg":"store is slow"}\n`,
  );
});

test.each([
  ["debug", 4],
  ["info", 3],
  ["warn", 2],
  ["error", 1],
  ["silent", 0],
] as const)("at level %s, %i of the four kinds of record are written", async (level, count) => {
  const { log, lines } = await record(level);
  log.error("e");
  log.warn("w");
  log.info("i");
  log.debug("d");
  expect(lines.map((line) => JSON.parse(line).level)).toEqual(
    ["error", "warn", "info", "debug"].slice(0, count),
  );
});

test("nobody forges a line, drives a terminal or turns the reading direction", async () => {
  const nickname = '"}\n{"level":"error\u001b[2J\u007f\u0085\u202e\u2028\u200b\ud800\u{e0041}阿达';
  const line = await shown("a\nb %s %d", { nickname });
  expect(line.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
  expect(line).toContain("阿达");
  expect(JSON.parse(line)).toEqual({
    level: "info",
    time: "2026-01-31T12:00:00.000Z",
    nickname,
    msg: "a\nb %s %d",
  });
});

test("tokens and texts stay out, even where the compiler could not see them", async () => {
  const careless = JSON.parse(
    '{"token":"t0ps3cret","authorization":"Bearer t0ps3cret","text":"hush","request_id":"r","requestId":"r"}',
  );
  const { level, time, msg, ...rest } = JSON.parse(await shown("m", careless));
  expect(rest).toEqual(Object.fromEntries(Object.keys(careless).map((key) => [key, "hidden"])));
});

test("an error shows where it came from and what caused it, in the same record", async () => {
  const line = await shown("fault", { error: new Error("outer", { cause: new TypeError("inner") }) });
  expect(JSON.parse(line).error).toMatch(/^Error: outer\n {4}at .*\ncaused by: TypeError: inner\n/s);
});
