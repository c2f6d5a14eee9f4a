// The server as it is, but for the fast path: `lane.ts on|off` and the flags of parlance-server.
import { createApp } from "../../server/app.js";
import { readCommand } from "../../server/cli/arguments.js";
import { createLog } from "../../server/ops/log.js";

const [fastPath, ...argv] = process.argv.slice(2);
if (fastPath !== "on" && fastPath !== "off") throw new Error("on or off?");
const command = readCommand(argv, process.env);
if (command.kind !== "serve") throw new Error("flags of a server that serves");
const { config } = command;
const log = createLog(config.logLevel, (line) => process.stderr.write(line));
const app = await createApp({ config, log, fastPath: fastPath === "on" });
process.stdout.write(`${(await app.listen()).url}\n`);
