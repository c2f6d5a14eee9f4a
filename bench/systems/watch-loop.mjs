// Preloaded into a server: on SIGUSR2 it writes the longest pause of the event loop since the last time. A timer of one
// millisecond sees every turn, so that the figure is the longest turn and at most that millisecond.
import { renameSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

const file = "longest-pause";
const turns = monitorEventLoopDelay({ resolution: 1 });
let count = 0;
turns.enable();

process.on("SIGUSR2", () => {
  count += 1;
  writeFileSync(`${file}.new`, `${count} ${turns.max / 1e6}`);
  renameSync(`${file}.new`, file);
  turns.reset();
});
