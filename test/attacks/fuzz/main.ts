// npm run fuzz
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz.js";
import { seedOfToday } from "./seed.js";

const USAGE = `Usage: npm run fuzz -- [--calls NUMBER] [--seed NUMBER]

Starts the server and calls every RPC over every protocol with generated headers and bodies.

  --calls NUMBER   calls of each RPC over each protocol; default 300
  --seed NUMBER    the same calls again; default the number of the day
`;

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "300" },
    seed: { type: "string", default: String(seedOfToday()) },
    help: { type: "boolean", default: false },
  },
});
if (values.help) process.stdout.write(USAGE);
else {
  const [calls, seed] = [Number(values.calls), Number(values.seed)];
  if (!Number.isSafeInteger(calls) || !Number.isSafeInteger(seed)) throw new Error(USAGE);
  process.stdout.write(`seed ${seed}\n`);
  const count = await fuzz({ calls, seed, progress: (line) => process.stdout.write(`ok  ${line}\n`) });
  process.stdout.write(`${count} calls, all responded to as they must be\n`);
}
