import { readFileSync } from "node:fs";
import { join } from "node:path";

export const examples = join(import.meta.dirname, "../../examples");

/** The commands in an example's README. */
export interface Instructions {
  /** Run once, in order. */
  readonly prepare: readonly string[];
  /** Each starts a bot. */
  readonly start: readonly string[];
}

/** The first shell block of the README; a line that ends with the default nickname starts a bot. */
export function readInstructions(folder: string): Instructions {
  const readme = readFileSync(join(examples, folder, "README.md"), "utf8");
  const block = /```sh\n([\s\S]*?)```/.exec(readme)?.[1];
  if (!block) throw new Error(`examples/${folder}/README.md has no shell block`);
  const lines = block.replaceAll("\\\n", " ").trim().split("\n");
  const starts = (line: string) => / pingbot"?$/.test(line);
  return { prepare: lines.filter((line) => !starts(line)), start: lines.filter(starts) };
}

/** The same line for another server and another nickname. */
export function startLine(line: string, host: string, nickname: string): string {
  return line.replace("127.0.0.1:12231", host).replace(/ pingbot("?)$/, ` ${nickname}$1`);
}
