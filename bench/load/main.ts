// The load client: receives one job from its parent, sends the outcome, and exits. Meanwhile it may ask for a restart
// of the server; its parent then sends the new target.
import { once } from "node:events";
import { type Job, restartRequest, type Target } from "../job.js";
import { runJob } from "./run.js";

async function restart(): Promise<Target> {
  process.send?.(restartRequest);
  const [target] = await once(process, "message");
  return target;
}

process.once("message", async (job: Job) => {
  const outcome = await runJob(job, restart);
  process.send?.(outcome, () => process.exit(0));
});
process.once("disconnect", () => process.exit(1));
