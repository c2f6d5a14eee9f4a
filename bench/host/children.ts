import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { tieToThisProcess } from "../../test/support/children.js";

const living = new Set<ChildProcess>();

function killAll(): void {
  for (const child of living) child.kill("SIGKILL");
}

process.on("exit", killAll);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => process.exit(130));
}

/** Starts a child that ends with this process, however that ends. */
export function startChild(command: readonly string[], options: SpawnOptions): ChildProcess {
  const [file, ...args] = command;
  if (file === undefined) throw new Error("no command");
  const child = tieToThisProcess(spawn(file, args, options));
  living.add(child);
  child.once("exit", () => living.delete(child));
  child.once("error", () => living.delete(child));
  return child;
}

/** Kills a child and waits for its exit. Measured servers have nothing that needs an orderly shutdown. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  await new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}
