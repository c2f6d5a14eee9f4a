import type { Job, Outcome, OutcomeRow, Target } from "../job.js";
import { flood } from "./client/flood.js";
import { starts } from "./client/starts.js";
import { runCrowd } from "./crowd-job.js";
import { runHerd } from "./herd.js";
import { moderation } from "./moderation.js";
import { page } from "./page/page.js";
import { replay } from "./replay.js";
import { search } from "./search.js";
import { seed } from "./seed.js";

/** Runs the job; a failure is part of the outcome. `restart` restarts the server and resolves with the new one. */
export async function runJob(job: Job, restart: () => Promise<Target>): Promise<Outcome> {
  const rows: OutcomeRow[] = [];
  try {
    if (job.kind === "seed") return { rows, firstCursor: await seed(job) };
    const report = (row: OutcomeRow) => void rows.push(row);
    switch (job.kind) {
      case "replay":
        await replay(job, report);
        break;
      case "search":
        await search(job, report);
        break;
      case "moderation":
        await moderation(job, report);
        break;
      case "page":
        await page(job, report);
        break;
      case "starts":
        await starts(job, report);
        break;
      case "flood":
        await flood(job, report);
        break;
      case "herd":
        await runHerd(job, restart, report);
        break;
      case "crowd":
        await runCrowd(job, report);
    }
    return { rows };
  } catch (error) {
    return { rows, failure: error instanceof Error ? error.message : String(error) };
  }
}
