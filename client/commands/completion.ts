import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";

/**
 * `parlance completion SHELL` prints a script that runs `parlance complete -- WORDS` at each Tab. Loaded only for these
 * two.
 */
export function addCompletion(program: Command): void {
  const known = program.commands as Command[];
  // The command that --help lists is a placeholder for the one that `tab` adds.
  known.splice(
    known.findIndex((command) => command.name() === "completion"),
    1,
  );
  tab(program, { completionCommandName: "completion" });
}
