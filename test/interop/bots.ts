import { join } from "node:path";
import type { Language } from "./languages.js";
import { examples, readInstructions, startLine } from "./readme.js";
import { runShell, type ShellProcess } from "./shell-process.js";

/** One program of an example that can be started. */
export interface Program {
  readonly title: string;
  start(host: string, nickname: string): ShellProcess;
}

/** A started program. */
export interface Bot {
  readonly program: Program;
  readonly nickname: string;
  readonly process: ShellProcess;
}

/** Runs the commands of the README and returns the resulting programs. */
export async function build({ folder }: Language): Promise<Program[]> {
  const cwd = join(examples, folder);
  const { prepare, start } = readInstructions(folder);
  for (const line of prepare) {
    const command = runShell(line, cwd);
    if ((await command.ended) !== 0) throw new Error(`${line}\n${command.output().slice(-2_000)}`);
  }
  return start.map((line) => ({
    title:
      start.length === 1 ? folder : `${folder}: ${line.split(" ").find((word) => word.includes("pingbot-"))}`,
    start: (host, nickname) => runShell(startLine(line, host, nickname), cwd),
  }));
}
