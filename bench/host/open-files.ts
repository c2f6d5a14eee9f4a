import { readFileSync } from "node:fs";

/** Files of a process besides its connections. */
const reserve = 200;

/** Limit of open files that Node, and each server that it starts, raises itself to; infinite where it is unknown. */
function openFilesMax(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "latin1");
    const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1];
    return hard === undefined ? Number.POSITIVE_INFINITY : Number(hard);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Throws where a process may not have that many connections. */
export function checkOpenFiles(connections: number): void {
  const max = openFilesMax();
  if (connections + reserve > max)
    throw new Error(
      `skipped: ${connections} connections, and this machine allows ${max} open files (ulimit -n)`,
    );
}
