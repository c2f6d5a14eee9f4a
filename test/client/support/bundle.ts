import { join } from "node:path";
import { buildFolder } from "../../support/build.js";

/** The commands as published. */
export interface Bundle {
  /** Folder laid out like the package: files in it can import `parlance-chat/client`. */
  readonly dir: string;
  /** Arguments for Node that start the client. */
  readonly client: readonly string[];
}

/** The bundle that was built once for this run of the tests. */
export function useBundle(): Bundle {
  const dir = buildFolder();
  if (dir === undefined) throw new Error("nothing was built: the tests' global setup did not run");
  return {
    dir,
    client: [join(dir, "dist", "parlance.js")],
  };
}
