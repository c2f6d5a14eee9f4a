import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders = new Set<string>();

/** A new empty folder, removed when this process exits. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "parlance-bench-"));
  folders.add(folder);
  return folder;
}

/** Removes it with its contents. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

process.on("exit", () => {
  for (const folder of folders) removeFolder(folder);
});
