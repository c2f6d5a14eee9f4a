import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Bot, build, type Program } from "./bots.js";
import { missingForBrowser, tryBrowser } from "./browser.js";
import { after, before, type Check, type Company } from "./conversation.js";
import { languages, missingTool } from "./languages.js";
import { libraries, missingCommand, tryLibraries } from "./libraries.js";
import { examples } from "./readme.js";
import { openRoom } from "./room.js";
import { runShell } from "./shell-process.js";

const USAGE = `Usage: npm run interop [-- --require NAMES] [--only NAMES]

Builds each example by the commands of its README, runs it against a real server, and checks what others receive. Then
calls a server with the libraries and tools of docs/protocol.md that no example uses.

  --require NAMES   languages that must be there, such as python,go,java,rust, or libraries; others are skipped
  --only NAMES      leaves all other languages out
`;

const BROWSER = "browser";
const LIBRARIES = "libraries";
const counts = { passed: 0, failed: 0, skipped: 0 };
const signs = { passed: "ok  ", failed: "FAIL", skipped: "skip" };

function conclude(kind: keyof typeof counts, title: string, why = ""): void {
  counts[kind]++;
  const reason = why && `\n       ${why.trimEnd().replaceAll("\n", "\n       ")}`;
  process.stdout.write(`  ${signs[kind]} ${title}${reason}\n`);
}

async function attempt<T>(title: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    const done = await work();
    conclude("passed", title);
    return done;
  } catch (error) {
    conclude("failed", title, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

async function buildAll(required: ReadonlySet<string>, only: ReadonlySet<string>): Promise<Program[]> {
  const programs: Program[] = [];
  for (const language of languages.filter(({ name }) => only.size === 0 || only.has(name))) {
    const missing = missingTool(language);
    if (missing) {
      conclude(required.has(language.name) ? "failed" : "skipped", language.folder, `${missing} is missing`);
      continue;
    }
    programs.push(
      ...((await attempt(`${language.folder} builds by its README`, () => build(language))) ?? []),
    );
  }
  return programs;
}

async function converse(programs: readonly Program[]): Promise<void> {
  const room = await openRoom();
  const ada = await room.enter("ada");
  const ignoring = await room.enter("ignoring");
  await ignoring.chat.toggleIgnore({ ignoring: true }, ignoring.options);
  const observer = `PYTHONPATH=. .venv/bin/python ../../test/interop/observer.py ${room.host} observer`;
  const python = programs.some(({ title }) => title === "python")
    ? runShell(observer, join(examples, "python"))
    : undefined;
  await python?.printed("caughtUp", 30_000);
  const company: Company = { room, ada, ignoring, python };
  const bots = programs.map((program, i): Bot => {
    const nickname = `pong${i + 1}`;
    return { program, nickname, process: program.start(room.host, nickname) };
  });
  try {
    await runChecks(before, bots, company);
    await attempt("the server is restarted on its store", async () => {
      await room.restart();
      for (const { nickname } of bots) await ignoring.sendTo(nickname, "!ping");
    });
    await runChecks(after, bots, company);
  } finally {
    await Promise.all(bots.map((bot) => bot.process.interrupt()));
    await python?.interrupt();
    await room.close();
  }
}

async function runChecks(checks: readonly Check[], bots: readonly Bot[], company: Company): Promise<void> {
  for (const { title, check } of checks)
    for (const bot of bots) await attempt(`${bot.program.title} ${title}`, () => check(bot, company));
}

const { values } = parseArgs({
  options: { require: { type: "string" }, only: { type: "string" }, help: { type: "boolean" } },
});
const named = (names: string | undefined) => new Set(names?.split(",").filter(Boolean));
if (values.help) process.stdout.write(USAGE);
else {
  const [required, only] = [named(values.require), named(values.only)];
  const programs = await buildAll(required, only);
  if (programs.length > 0) await converse(programs);
  if (only.size === 0 || only.has(BROWSER)) {
    const missing = await missingForBrowser();
    if (missing) conclude(required.has(BROWSER) ? "failed" : "skipped", BROWSER, `${missing} is missing`);
    else await tryBrowser(attempt);
  }
  if (only.size === 0 || only.has(LIBRARIES)) {
    const absent = libraries.filter((library) => missingCommand(library) !== undefined);
    for (const library of absent)
      conclude(
        required.has(LIBRARIES) ? "failed" : "skipped",
        library.name,
        `fails: ${missingCommand(library)}`,
      );
    await tryLibraries(
      libraries.filter((library) => !absent.includes(library)),
      attempt,
    );
  }
  process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
}
