import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listen, type TestServer } from "../support/server.js";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/protocol.md"), "utf8");

/** A command of the page and what the page says that it prints. */
interface Snippet {
  readonly language: string;
  readonly code: string;
  readonly printed: string;
  /** `json` or `text`. */
  readonly format: string;
}

function snippetsOf(text: string): Snippet[] {
  const blocks = [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)];
  return blocks.flatMap(([, language, code], i) => {
    const [, format, printed] = blocks[i + 1] ?? [];
    return language === "sh" || language === "js"
      ? [{ language, code: code!, printed: printed!, format: format! }]
      : [];
  });
}

const snippets = snippetsOf(page);
const MARK = "----- next snippet";
let server: TestServer;
let printed: string[];

// In one shell, as a reader types them: what one sets, the next ones use.
beforeAll(async () => {
  server = await listen("--rate", "10");
  const script = snippets
    .map(({ language, code }) =>
      language === "js" ? `export CHAT TOKEN; node --input-type=module <<'EOF'\n${code}EOF\n` : code,
    )
    .join(`\necho; echo '${MARK}'\n`)
    .replaceAll("http://127.0.0.1:12231", server.url);
  const shell = spawn("bash", ["-c", script], {
    cwd: root,
    env: { ...process.env, PATH: `${join(root, "node_modules/.bin")}${delimiter}${process.env.PATH}` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  shell.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await once(shell, "close");
  printed = output.split(`${MARK}\n`);
}, 60_000);
afterAll(() => server.close());

/** Values that differ from run to run. */
const VOLATILE = new Set(["token", "id", "cursor", "time", "joinTime"]);

/** Several JSON texts in a row, of one line or many. */
function values(text: string): unknown[] {
  return text
    .trim()
    .split(/(?<=\})\s*(?=\{)(?=\{\s*"(?:event|cursor|token|code|users|text)")/)
    .map((one) => JSON.parse(one, (key, value) => (VOLATILE.has(key) ? `some ${key}` : value)));
}

/** Answers of curl come without a line's end. */
const packed = (text: string) => text.replace(/\s/g, "");

test("the page has commands, each with what it prints", () => {
  expect(snippets.length).toBeGreaterThan(10);
  expect(page.match(/```(sh|js)\n/g)).toHaveLength(snippets.length);
});

test.each(snippets.map(({ code }, i) => [code.trim().split("\n").at(-1)!, i] as const))("%s", (_, i) => {
  const { printed: expected, format } = snippets[i]!;
  const actual = printed[i]!;
  if (format === "json") expect(values(actual)).toEqual(values(expected));
  else expect(packed(actual)).toBe(packed(expected));
});
