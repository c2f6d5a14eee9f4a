import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { useBundle } from "./support/bundle.js";
import { createRunner } from "./support/pipe.js";
import { openRoom } from "./support/server.js";

const bundle = useBundle();
const { start } = createRunner(bundle);

test("the example bot keeps notes, and leaves on SIGTERM", async () => {
  await using room = await openRoom();
  mkdirSync(join(bundle.dir, "examples", "bot"), { recursive: true });
  const program = join(bundle.dir, "examples", "bot", "bot.mjs");
  copyFileSync("examples/bot/bot.mjs", program);

  const person = start(["--json", "-s", room.url, "-n", "amy"]);
  await person.says('"CONNECTED"');
  const bot = spawn(process.execPath, [program], {
    env: { PATH: process.env.PATH, PARLANCE_SERVER: room.url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = once(bot, "exit");
  onTestFinished(() => void bot.kill("SIGKILL"));
  await person.says('"joined":{"user":{"nickname":"minute-taker"');
  const ask = (text: string) =>
    person.write(`${JSON.stringify({ sendTo: { nickname: "minute-taker", text } })}\n`);
  ask("remember buy milk");
  await person.says('"text":"kept, 1 so far"');
  ask("remember 买面包");
  await person.says('"text":"kept, 2 so far"');
  ask("recall");
  await person.says(JSON.stringify("buy milk\n买面包"));
  ask("hello?");
  await person.says('"text":"say: remember TEXT, or: recall"');

  bot.kill("SIGTERM");
  expect(await gone).toEqual([0, null]);
  await person.says('"left":{"user":{"nickname":"minute-taker"');
  person.child.stdin?.end();
  await person.done;
});

test("a program in TypeScript knows the library's types", async () => {
  const dir = join(bundle.dir, "consumer");
  mkdirSync(dir);
  const config = {
    compilerOptions: {
      module: "NodeNext",
      target: "ES2023",
      lib: ["ES2023"],
      types: ["node"],
      typeRoots: [join(process.cwd(), "node_modules", "@types")],
      strict: true,
      // The types of @connectrpc/connect want those of a browser.
      skipLibCheck: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
    },
    files: ["main.ts"],
  };
  writeFileSync(join(dir, "tsconfig.json"), JSON.stringify(config));
  const check = async (lines: readonly string[]) => {
    writeFileSync(join(dir, "main.ts"), lines.join("\n"));
    const tsc = join("node_modules", "typescript", "bin", "tsc");
    return promisify(execFile)(process.execPath, [tsc, "-p", dir]).then(
      () => "",
      (error: { stdout: string }) => error.stdout,
    );
  };
  const right = [
    'import { connect, refusalOf, SessionEnded, type Reason, type Session } from "parlance-chat/client";',
    'const session: Session = await connect({ nickname: "ada" });',
    "for await (const event of session.events({ backlog: 10 })) {",
    '  if (event.kind.case === "groupMessage") console.log(event.kind.value.text.length);',
    "}",
    "const { events, atStart } = await session.history({ count: 5 });",
    "const cursors: string[] = events.map(({ cursor }) => cursor);",
    "const reason: Reason | undefined = refusalOf(new Error())?.reason;",
    "console.log(atStart, cursors, reason, SessionEnded);",
  ];
  expect(await check(right)).toBe("");
  expect(await check([...right, "await session.say(42);"])).toMatch(
    /main\.ts\(10,19\): error TS2345: .*'number'.*'string'/,
  );
});
