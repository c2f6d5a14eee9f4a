// The end of a reader is noticed with nothing to write. macOS by simulation: there an empty write shows it of pipes, too,
// which on Linux it does of sockets alone, such as Node makes for its children.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tieToThisProcess } from "../support/children.js";

const MODULE = join(import.meta.dirname, "../../client/commands/pipe/reader.ts");

/** Ends with 7 when its reader has left. */
const program = (platform: string) => `
  import { watchReader } from ${JSON.stringify(MODULE)};
  watchReader(() => process.exit(7), { platform: ${JSON.stringify(platform)} });
  setInterval(() => {}, 1_000);
  process.stdout.write("ready");
`;

test.each(["linux", "darwin"])("%s: a reader that leaves a socket", async (platform) => {
  const args = ["--import", "tsx", "--input-type=module", "-e", program(platform)];
  const child = tieToThisProcess(spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] }));
  await once(child.stdout, "data");
  child.stdout.destroy();
  expect(await once(child, "close")).toEqual([7, null]);
});
