// The server as it is, but for the short lane: `lane.ts on|off` and the flags of parlance-server.
import { createApp } from "../../server/app.js";
import { readCommand } from "../../server/cli/arguments.js";
import { createLog } from "../../server/ops/log.js";

const [shortCalls, ...argv] = process.argv.slice(2);
if (shortCalls !== "on" && shortCalls !== "off") throw new Error("on or off?");
const command = readCommand(argv, process.env);
if (command.kind !== "serve") throw new Error("flags of a server that serves");
const { config } = command;
const log = createLog(config.logLevel, (line) => process.stderr.write(line));
const app = await createApp({ config, log, shortCalls: shortCalls === "on" });
process.stdout.write(`${(await app.listen()).url}\n`);
