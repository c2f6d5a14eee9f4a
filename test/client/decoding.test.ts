// Bytes become text by one rule on every way in: valid UTF-8, or refused with words. Nothing is replaced.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tieToThisProcess } from "../support/children.js";
import { useBundle } from "./support/bundle.js";
import { createHome } from "./support/home.js";
import { createRunner, type RunOptions } from "./support/pipe.js";
import { openRoom, type Room } from "./support/server.js";

const bundle = useBundle();
const { run, start } = createRunner(bundle);
let room: Room;
beforeAll(async () => {
  room = await openRoom();
});
afterAll(() => room[Symbol.asyncDispose]());
const at = () => ["-s", room.url, "--lang", "en"];
const latin1 = (text: string) => Buffer.from(text, "latin1");

function runWith(args: readonly string[], input: Uint8Array, options: RunOptions = {}) {
  const client = start([...args, ...at()], options);
  client.child.stdin?.end(input);
  return client.done;
}

/** What Node's own spawn cannot do: arguments and variables that are not UTF-8. */
async function runBytes(script: string, variable = "") {
  using home = createHome();
  const client = [process.execPath, ...bundle.client].map((part) => `'${part}'`).join(" ");
  const child = spawn("bash", ["-c", `${variable} ${client} ${script}`], {
    env: { ...home.env, SERVER: room.url },
  });
  tieToThisProcess(child);
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
  return { code, stderr };
}

const said = async () => (await run(["tail", ...at(), "--nick", "said", "-n", "500", "--json"])).stdout;

describe("text that is not UTF-8 is refused", () => {
  test("in a line, which is named, and the others are sent", async () => {
    const { code, stdout, stderr } = await runWith(["-n", "lines"], latin1("one\ncaf\xe9 ol\xe9\nthree\n"));
    expect([code, stderr]).toEqual([2, "! invalid line: line 2: not valid UTF-8; not sent\n"]);
    expect(stdout.match(/lines: .*/g)).toEqual(["lines: one", "lines: three"]);
  });

  test("in a line of --json, as a result", async () => {
    const { code, stdout } = await runWith(
      ["--json", "-n", "json"],
      latin1('{"broadcast":{"text":"caf\xe9"}}\n'),
    );
    const result = { ok: false, reason: "REQUEST_INVALID", message: "line 1: not valid UTF-8; not sent" };
    expect(stdout).toContain(JSON.stringify({ result }));
    expect(code).toBe(2);
  });

  test.each([
    ["the nickname of a pipe", [], "invalid line: line 1: not valid UTF-8; not sent"],
    ["the nickname of login", ["login"], "invalid line: line 1: not valid UTF-8; not sent"],
    ["a text", ["send", "-n", "x", "-"], "stdin is not valid UTF-8; nothing was sent"],
  ])("on stdin: %s", async (_name, args, words) => {
    expect(await runWith(args, latin1("caf\xe9"))).toMatchObject({
      code: 2,
      stdout: "",
      stderr: `! ${words}\n`,
    });
  });

  test.each([
    ["an argument", "send -s $SERVER -n x $'caf\\xe9'", "argument 6 is not valid UTF-8"],
    ["a flag", "who -s $SERVER --nick=$'\\xed\\xa0\\x80'", "argument 4 is not valid UTF-8"],
  ])("in %s", async (_name, script, words) => {
    expect(await runBytes(script)).toEqual({ code: 2, stderr: `! ${words}\n` });
  });

  test("in a variable", async () => {
    const words = "the variable PARLANCE_NICK is not valid UTF-8";
    expect(await runBytes("who -s $SERVER", "PARLANCE_NICK=$'caf\\xe9'")).toEqual({
      code: 2,
      stderr: `! ${words}\n`,
    });
  });

  test("in the config file", async () => {
    using home = createHome();
    const folder = join(home.path, "config", "parlance");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "config.json"), latin1('{"nick":"caf\xe9"}'));
    const { code, stderr } = await run(["who", ...at()], { env: home.env });
    expect([code, stderr]).toEqual([2, `! ${join(folder, "config.json")}: not valid UTF-8\n`]);
  });
});

describe.skipIf(process.platform !== "linux")(
  "a stdin that cannot be read is exit code 1 and one line",
  () => {
    test.each(["send -n x -", "-n x", "--json -n x", "login"])("%s", async (command) => {
      const line = `${command} -s $SERVER`;
      expect(await runBytes(`${line} </`)).toEqual({
        code: 1,
        stderr: "! stdin could not be read (EISDIR)\n",
      });
      // The first page of a program's memory, here of the shell, which goes on running.
      const unreadable = await runBytes(`${line} <&3; exit $?`, "exec 3</proc/self/mem;");
      expect(unreadable).toEqual({ code: 1, stderr: "! stdin could not be read (EIO)\n" });
    });
  },
);

describe("text that is UTF-8 arrives as it is", () => {
  test("in arguments, with the character that stands for what is not", async () => {
    expect(await runBytes("send -s $SERVER -n args $'\\xef\\xbf\\xbd 小明' '  two'")).toEqual({
      code: 0,
      stderr: "",
    });
    expect(await said()).toContain('"text":"\ufffd 小明   two"');
  });

  test("from stdin, less the mark at its start, the CR of a line's end, and the last line's end", async () => {
    const { stderr } = await runWith(["send", "-n", "stdin", "-"], Buffer.from("\ufeffone\r\ntwo \ufffd\n"));
    expect(stderr).toBe("");
    expect(await said()).toContain('"text":"one\\ntwo \ufffd"');
  });

  test("as the first line of a pipe, behind the mark that PowerShell puts before it", async () => {
    const { stdout, stderr } = await runWith([], Buffer.from("\ufeffbommy\r\nhello\r\n"));
    expect([stdout.match(/bommy: .*/g), stderr]).toEqual([["bommy: hello"], ""]);
  });
});

test("what the server would not keep as it is, it refuses in words: NUL, and half of a pair", async () => {
  const { code, stderr } = await runWith(["-n", "nul"], Buffer.from("a\0b\n"));
  expect([code, stderr]).toEqual([6, "! The server refused: the text has control characters\n"]);
  const { stdout } = await runWith(
    ["--json", "-n", "half"],
    Buffer.from('{"broadcast":{"text":"\\ud83d"}}\n'),
  );
  expect(stdout).toContain('"reason":"REQUEST_INVALID"');
});

test("a key that is there twice in a line of --json is refused, and nothing is sent", async () => {
  const lines = '{"broadcast":{"text":"a","text":"twice"}}\n{"broadcast":{"text":"twice"},"broadcast":{}}\n';
  const { code, stdout } = await runWith(["--json", "-n", "twice"], Buffer.from(lines));
  const messages = [...stdout.matchAll(/"message":"(the key \\"\w+\\" is there twice)"/g)].map(
    ([, text]) => text,
  );
  expect(messages).toEqual(['the key \\"text\\" is there twice', 'the key \\"broadcast\\" is there twice']);
  expect(code).toBe(2);
  expect(await said()).not.toContain('"text":"twice"');
});
