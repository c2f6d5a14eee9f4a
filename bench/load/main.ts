// The load client: takes one job from its parent, answers with the outcome, and ends.
import type { Job } from "../job.js";
import { runJob } from "./run.js";

process.once("message", async (job: Job) => {
  const outcome = await runJob(job);
  process.send?.(outcome, () => process.exit(0));
});
process.once("disconnect", () => process.exit(1));
