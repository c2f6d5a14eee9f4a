import { ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { createManualClock } from "../../test/support/manual-clock.js";
import { createLibraryOutput } from "./library-output.js";
import { createLog, type LogLevel } from "./log.js";

function subject(level: LogLevel = "info") {
  const lines: string[] = [];
  const log = createLog(level, (line) => lines.push(line.replace(/^time=\S+ |\n$/g, "")));
  const clock = createManualClock();
  const output = createLibraryOutput(log, clock);
  const console = Object.fromEntries(
    ["error", "warn", "info", "log", "debug", "trace"].map((method) => [method, () => undefined]),
  ) as unknown as Console;
  output.capture(console);
  return { lines, clock, console, warn: output.warning };
}

test("what a library writes to the console is one record, without stack and path", () => {
  const { lines, console } = subject();
  const error = new ConnectError("write ECANCELED");
  console.error("handler for rpc %s failed", "Subscribe", error);
  console.error(`no /opt/parlance/node_modules/x/y.js\n    at run (/opt/parlance/dist/server.js:1:2)`);
  expect(lines).toEqual([
    'level=warn msg="library output" output="handler for rpc %s failed Subscribe ConnectError: [unknown] write ECANCELED"',
    'level=warn msg="library output" output="no x/y.js"',
  ]);
});

test("a warning of Node's is one record, and a flood of them one a minute", () => {
  const { lines, clock, warn } = subject();
  const warning = Object.assign(new Error("2592000000 does not fit into a 32-bit signed integer."), {
    name: "TimeoutOverflowWarning",
  });
  for (let i = 0; i < 300; i++) warn(warning);
  clock.advance(60_000);
  const line =
    'level=warn msg="Node.js warning" output="TimeoutOverflowWarning: 2592000000 does not fit into a 32-bit signed integer."';
  expect(lines).toEqual([line, `${line} count=299`]);
});

test("all of it is subject to the log's level", () => {
  const { lines, console, warn } = subject("error");
  console.error("e");
  console.log("l");
  warn(new Error("w"));
  expect(lines).toEqual([]);
});
