import { expect, test } from "vitest";
import { createLog, type LOG_LEVELS, type LogFields } from "./log.js";

const NOW_MS = Date.UTC(2026, 0, 31, 12);

function record(level: (typeof LOG_LEVELS)[number] = "debug") {
  const lines: string[] = [];
  const log = createLog(
    level,
    (line) => lines.push(line),
    () => NOW_MS,
  );
  return { log, lines };
}

/** What one record shows after its time and level. */
function shown(message: string, fields?: LogFields): string {
  const { log, lines } = record();
  log.info(message, fields);
  expect(lines).toHaveLength(1);
  return lines[0]!.replace("time=2026-01-31T12:00:00.000Z level=info ", "").replace(/\n$/, "");
}

test("a record is one line with its time, level, message and details", () => {
  const { log, lines } = record();
  log.warn("store is slow", { pending: 3, ok: false, where: "/var/lib/room.db", cause: null });
  expect(lines).toEqual([
    'time=2026-01-31T12:00:00.000Z level=warn msg="store is slow" pending=3 ok=false where=/var/lib/room.db cause=null\n',
  ]);
});

test.each([
  ["debug", 4],
  ["info", 3],
  ["warn", 2],
  ["error", 1],
  ["silent", 0],
] as const)("at level %s, %i of the four kinds of record are written", (level, count) => {
  const { log, lines } = record(level);
  log.error("e");
  log.warn("w");
  log.info("i");
  log.debug("d");
  expect(lines.map((line) => line.match(/level=(\w+)/)?.[1])).toEqual(
    ["error", "warn", "info", "debug"].slice(0, count),
  );
});

test("values that would blur the line are quoted, an unset one is left out", () => {
  expect(shown("m", { a: "two words", b: "", c: "x=y", d: 'say "hi"', e: "back\\slash", f: undefined })).toBe(
    String.raw`msg="m" a="two words" b="" c="x=y" d="say \"hi\"" e="back\\slash"`,
  );
});

test("nobody forges a line, drives a terminal or turns the reading direction", () => {
  expect(shown("a\nlevel=error", { nickname: "\u001b[2J\r\t\u0085\u202e\u2028\u200b\ud800" })).toBe(
    String.raw`msg="a\nlevel=error" nickname="\u{1b}[2J\u{d}\u{9}\u{85}\u{202e}\u{2028}\u{200b}\u{d800}"`,
  );
});

test("names in other scripts stay readable", () => {
  expect(shown("joined", { nickname: "阿达" })).toBe('msg="joined" nickname="阿达"');
});

test("tokens and texts stay out, even where the compiler could not see them", () => {
  const careless = JSON.parse('{"token":"t0ps3cret","authorization":"Bearer t0ps3cret","text":"hush"}');
  expect(shown("m", careless)).toBe('msg="m" token=hidden authorization=hidden text=hidden');
});

test("an error shows where it came from and what caused it, on the same line", () => {
  const line = shown("fault", { error: new Error("outer", { cause: new TypeError("inner") }) });
  expect(line).toMatch(/^msg="fault" error="Error: outer\\n {4}at .*\\ncaused by: TypeError: inner\\n.*"$/);
});

test("an error that causes itself is still one record", () => {
  const error = new Error("round");
  error.cause = error;
  expect(shown("fault", { error }).match(/caused by/g)).toHaveLength(4);
});
