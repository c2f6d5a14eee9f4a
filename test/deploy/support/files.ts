import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../../..");

/** Whether the machine has a program. */
export function has(program: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** What to write in place of each text of a file. */
export type Edits = readonly (readonly [text: string, replacement: string])[];

/** A file of deploy/ with its placeholders replaced. Throws if one is not there, so that a test runs what it names. */
export function fileWith(path: string, edits: Edits): string {
  return edits.reduce(
    (text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`${path} does not contain ${JSON.stringify(from)}`);
      return text.replaceAll(from, () => to);
    },
    readFileSync(join(root, path), "utf8"),
  );
}
