import { CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { KEYS } from "../config.js";
import { catalogOf } from "../i18n/index.js";
import type { Language } from "../i18n/language.js";
import { cellWidth } from "../text/cells.js";
import { Failure } from "./exit.js";
import { createProgram, type Handlers } from "./program.js";

/** What a command line leads to: a command with what it was given, or the text of the error. */
async function outcome(line: string, language: Language = "en"): Promise<unknown> {
  const words = catalogOf(language);
  let ran: unknown;
  const handler =
    (name: string) =>
    async (...given: unknown[]) => {
      ran = [name, ...given];
    };
  const names = ["join", "send", "tail", "who", "login", "logout", "doctor"] as const;
  const handlers = Object.fromEntries(names.map((name) => [name, handler(name)])) as unknown as Handlers;
  const program = createProgram(words, "1.2.3", handlers);
  let help = "";
  for (const command of [program, ...program.commands])
    command.configureOutput({
      writeOut: (text) => {
        help += text;
      },
    });
  try {
    await program.parseAsync(line.split(" ").filter(Boolean), { from: "user" });
    return ran;
  } catch (error) {
    if (error instanceof Failure) return error.problem;
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return help;
    return words.cli.usageError(error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " "), error.code);
  }
}

describe("the command line", () => {
  test.each([
    ["frob", "no command frob (parlance --help lists the commands)"],
    ["doctr", "no command doctr; did you mean doctor? (parlance --help lists the commands)"],
    ["SEND hi", "no command SEND; did you mean send? (parlance --help lists the commands)"],
    [
      "--time xx",
      "usage: option '--time <format>' argument 'xx' is invalid. Allowed choices are hm, hms, iso.",
    ],
    ["who me", "usage: too many arguments for 'who'. Expected 0 arguments but got 1: me."],
    ["--jsno", "usage: unknown option '--jsno' (Did you mean --json?)"],
  ])("%s: what was typed is named", async (line, words) => expect(await outcome(line)).toBe(words));

  test.each([
    ["frob", "没有 frob 这个命令（parlance --help 列出全部命令）"],
    ["taill", "没有 taill 这个命令，是不是 tail？（parlance --help 列出全部命令）"],
    ["--time xx", "用法错误：选项 --time <format> 的值「xx」不对，可以是 hm、hms、iso"],
    ["tail -n 501", "用法错误：选项 -n, --count <count> 的值「501」不对，可以是 0-500"],
    ["completion tcsh", "用法错误：「tcsh」不对，可以是 bash、zsh、fish、powershell"],
    ["--jsno", "用法错误：没有 --jsno 这个选项，是不是 --json？"],
    ["send", "用法错误：缺少参数 text"],
    ["-s", "用法错误：选项 -s, --server <address> 后面要有值"],
    ["who me", "用法错误：参数太多"],
  ])("%s, in Chinese", async (line, words) => expect(await outcome(line, "zh-CN")).toBe(words));

  test("flags before and after a command are one", async () => {
    expect(await outcome("-n ada tail -n 3 --json")).toEqual([
      "tail",
      expect.objectContaining({ nick: "ada", json: true }),
      3,
      false,
    ]);
    expect(await outcome("")).toEqual(["join", expect.anything()]);
  });
});

describe("--help", () => {
  test.each(["help", "--help"])(
    "%s shows commands, defaults, variables, the file and the exit codes",
    async (line) => {
      const help = String(await outcome(line)).replace(/\s+/g, " ");
      expect(help).toContain("PARLANCE_SERVER; default http://127.0.0.1:12231");
      for (const part of [
        "(default mention)",
        "PARLANCE_CA",
        "config.json",
        "Exit codes: 0 done 1 unexpected",
        "doctor",
        "143",
      ])
        expect(help).toContain(part);
    },
  );

  test.each(["en", "zh-CN"] as const)("fits on a terminal of 80 columns, in %s", async (language) => {
    const names = ["", "send ", "tail ", "who ", "login ", "logout ", "doctor ", "completion "];
    for (const name of names) {
      const rows = String(await outcome(`${name}--help`, language)).split("\n");
      expect(rows.filter((row) => cellWidth(row) > 80)).toEqual([]);
      expect(rows).toContain(catalogOf(language).cli.titles.examples);
    }
  });

  test.each(["en", "zh-CN"] as const)("names every key of the settings file, in %s", async (language) => {
    const [, settings = ""] = String(await outcome("--help", language)).split("config.json");
    const words = settings.split(/[\s,、。]+/);
    expect(KEYS.filter((key) => !words.some((word) => word.replace(/\.$/, "") === key))).toEqual([]);
  });

  test.each(["login --help", "help login"])("%s leaves out what login does nothing with", async (line) => {
    const help = String(await outcome(line));
    expect(help).toContain("--nick");
    for (const flag of ["--json", "--plain", "--notify", "--time", "--no-color"])
      expect(help).not.toContain(flag);
    // Accepted nevertheless, as an alias of a person may have it for all commands.
    expect(await outcome("login --json")).toEqual(["login", expect.objectContaining({ json: true })]);
  });
});
