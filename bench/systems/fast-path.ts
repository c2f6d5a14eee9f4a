// The server with or without its fast path: `fast-path.ts on|off`, then flags of parlance-server.
import { createApp } from "../../server/app.js";
import { readCommand } from "../../server/cli/arguments.js";
import { createLog } from "../../server/ops/log.js";

const [fastPath, ...argv] = process.argv.slice(2);
if (fastPath !== "on" && fastPath !== "off") throw new Error("the first argument must be on or off");
const command = readCommand(["--fast-path", fastPath, ...argv], process.env);
if (command.kind !== "serve") throw new Error("the flags must be those of a serving server");
const { config } = command;
const log = createLog(config.logLevel, (line) => process.stderr.write(line));
const app = await createApp({ config, log });
process.stdout.write(`${(await app.listen()).url}\n`);
