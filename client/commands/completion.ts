import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";

/**
 * `parlance completion SHELL` prints a script, which asks `parlance complete -- WORDS` while someone types. Loaded
 * only for these two.
 */
export function addCompletion(program: Command): void {
  const known = program.commands as Command[];
  // The row in --help stands for the command that does it.
  known.splice(
    known.findIndex((command) => command.name() === "completion"),
    1,
  );
  tab(program, { completionCommandName: "completion" });
}
