// Starts a command: what was built for the package, or its source in a checkout. Any Node that knows ES modules can
// read this file, so that an older one is refused with a line instead of a syntax error.
import { existsSync } from "node:fs";

/** As `engines` in package.json. */
const OLDEST = [22, 13];

/** `source`: the command's TypeScript, from the folder of package.json; it is not part of the package. */
export function launch(command, source) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    process.stderr.write(
      `${command} needs Node.js ${OLDEST.join(".")} or later; this is ${process.versions.node}\n`,
    );
    process.exit(1);
  }
  const file = new URL(`../${source}`, import.meta.url);
  if (!existsSync(file)) return import(`../dist/${command}.js`);
  return import("tsx/esm/api").then(({ register }) => {
    register();
    return import(file.href);
  });
}
