import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
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
let folder: string;
let server: TestServer;
let printed: string[];

// In one shell, as a reader types them: what one sets, the next ones use.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "parlance-protocol-page-"));
  server = await listen("--rate", "10", "--store", `sqlite:${join(folder, "room.db")}`);
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
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Values that differ from run to run. */
const VOLATILE = new Set(["token", "id", "senderId", "recipientId", "cursor", "time", "joinTime"]);

/** Several JSON texts in a row, of one line or many. */
function values(text: string): unknown[] {
  return text
    .trim()
    .split(/(?<=\})\s*(?=\{)(?=\{\s*"(?:event|hello|caughtUp|id|token|code|users|text)")/)
    .map((one) => JSON.parse(one, (key, value) => (VOLATILE.has(key) ? `some ${key}` : value)));
}

/** The responses that curl prints have no line end. */
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
