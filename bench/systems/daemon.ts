import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { System } from "./system.js";

/** First line of what a command prints about its version; undefined if there is no such command. */
export function firstLine(command: string, ...args: readonly string[]): string | undefined {
  const { error, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  return error === undefined ? `${stdout}${stderr}`.trim().split("\n")[0] : undefined;
}

/** A server that is installed on the machine, with a configuration file of its own for each run. */
export function daemon(
  sketch: Pick<System, "name" | "title" | "dialect" | "pacedAtOnce" | "maxSubscribers" | "version">,
  config: (folder: string, port: number) => string,
  command: (file: string) => readonly string[],
  fileName = "server.conf",
): System {
  return {
    ...sketch,
    collectable: false,
    ours: false,
    launch(folder, port) {
      const file = `${folder}/${fileName}`;
      writeFileSync(file, config(folder, port));
      return { command: command(file), port };
    },
  };
}
