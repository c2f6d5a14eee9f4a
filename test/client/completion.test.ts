// Completion in the shells that are installed, without any package besides.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { useBundle } from "./support/bundle.js";
import { createHome, type Home } from "./support/home.js";

const bundle = useBundle();
let home: Home;
let bin = "";
beforeAll(() => {
  home = createHome();
  bin = join(home.path, "bin");
  mkdirSync(bin);
  const command = [process.execPath, ...bundle.client].map((part) => `'${part}'`).join(" ");
  writeFileSync(join(bin, "parlance"), `#!/bin/sh\nexec ${command} "$@"\n`);
  chmodSync(join(bin, "parlance"), 0o755);
  writeFileSync(join(home.path, "authority.pem"), "");
});
afterAll(() => home[Symbol.dispose]());

/** What a shell prints; its stderr is part of it, and should be empty. */
function shell(command: string, ...args: string[]): string {
  const env = { ...home.env, PATH: `${bin}:${home.env.PATH}`, ZDOTDIR: home.path };
  const script = `${args.pop()}`;
  return execFileSync(command, [...args, script], { env, cwd: home.path, encoding: "utf8", stdio: "pipe" });
}

function isInstalled(command: string): boolean {
  try {
    execFileSync(command, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("bash without the package bash-completion", () => {
  /** What Tab offers behind the words, of which bash makes `=` and `:` words of their own. */
  function offered(...words: string[]): string[] {
    const quoted = ["parlance", ...words].map((word) => `'${word}'`).join(" ");
    const printed = shell(
      "bash",
      "--norc",
      "-c",
      `source <(parlance completion bash) 2>&1; source <(parlance completion bash) 2>&1
      complete -p parlance
      COMP_WORDS=(${quoted}) COMP_CWORD=${words.length}
      __parlance_complete 2>&1
      printf '%s\\n' "\${COMPREPLY[@]}"`,
    );
    const [registered, ...lines] = printed.trimEnd().split("\n");
    expect(registered).toBe("complete -F __parlance_complete parlance");
    return lines;
  }

  test.each([
    [["ta"], ["tail"]],
    [["send", "-t", ""], []],
    [["tail", "--fo"], ["--follow"]],
    [["-s", "http", ":", "//127.0.0.1", ":", "1", "who", "--js"], ["--json"]],
    [
      ["--lang", ""],
      ["zh-CN", "en"],
    ],
    [["--notify", "=", "pr"], ["private"]],
    [
      ["--notify", "="],
      ["off", "private", "mention", "all"],
    ],
    [["who", "--ca", "auth"], ["authority.pem"]],
    [["completion", "f"], ["fish"]],
  ])("%j: %j", (words, expected) => {
    expect(offered(...words).filter(Boolean)).toEqual(expected);
  });

  test("needs nothing that bash 3.2 of macOS does not have", () => {
    const script = shell("parlance", "completion", "bash");
    expect(script).not.toMatch(
      /mapfile|readarray|compopt|declare -[gA]|\[-1\]|\$\{\w+[,^]|local -n|_get_comp_words/,
    );
  });
});

describe.skipIf(!isInstalled("zsh"))("zsh", () => {
  test("whose completion was not started registers it", () => {
    const script = "source <(parlance completion zsh); print $_comps[parlance] $+functions[_parlance]";
    expect(shell("zsh", "-f", "-c", `exec 2>&1; ${script}`)).toBe("_parlance 1\n");
  });
});

describe.skipIf(!isInstalled("fish"))("fish", () => {
  test("offers commands and options with their descriptions", () => {
    const script = (line: string) => `parlance completion fish | source; complete -C '${line}' 2>&1`;
    expect(shell("fish", "--no-config", "-c", script("parlance ta"))).toBe(
      "tail\tprint the latest messages\n",
    );
    expect(shell("fish", "--no-config", "-c", script("parlance --notify p"))).toContain("private");
  });
});

test("the script for PowerShell completes by the program, too", () => {
  expect(shell("parlance", "completion", "powershell")).toMatch(
    /Register-ArgumentCompleter -CommandName 'parlance'/,
  );
});
