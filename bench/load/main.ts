// The load client: receives one job from its parent, sends the outcome, and exits.
import type { Job } from "../job.js";
import { runJob } from "./run.js";

process.once("message", async (job: Job) => {
  const outcome = await runJob(job);
  process.send?.(outcome, () => process.exit(0));
});
process.once("disconnect", () => process.exit(1));
