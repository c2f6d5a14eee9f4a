import { existsSync } from "node:fs";
import { repositoryPath } from "./node.js";

const built = "dist/parlance.js";

/** The terminal client as it is published. Throws where it was not built: from source it starts several times slower. */
export function clientCommand(): readonly string[] {
  const file = repositoryPath(built);
  if (!existsSync(file)) throw new Error(`${built} is not there: run without --no-build`);
  return [process.execPath, file];
}
