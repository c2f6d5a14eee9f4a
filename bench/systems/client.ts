import { existsSync } from "node:fs";
import { repositoryPath } from "./node.js";

const built = "dist/parlance.js";

/** The published bundle of the terminal client. Throws if it was not built: from source it starts several times slower. */
export function clientCommand(): readonly string[] {
  const file = repositoryPath(built);
  if (!existsSync(file)) throw new Error(`${built} is missing: run without --no-build`);
  return [process.execPath, file];
}
