import type { CrowdJob, Figures, Job, Outcome, Phase } from "../job.js";
import { flood } from "./client/flood.js";
import { starts } from "./client/starts.js";
import { settledRssBytes } from "./collect.js";
import { type Crowd, connectCrowd } from "./crowd.js";
import { dialects } from "./dialects/index.js";
import { createHistogram } from "./histogram.js";
import { createLedger } from "./ledger.js";
import { openLink } from "./link.js";
import { type Cost, metered } from "./meter.js";
import { openOutbox } from "./outbox.js";
import { runClosedLoop, type Stage } from "./phases/closed-loop.js";
import { runFixedRate } from "./phases/fixed-rate.js";
import { replay } from "./replay.js";
import { seed } from "./seed.js";
import { pause, waitForQuiet, within } from "./wait.js";

/** Grace of a closed loop until its last message is complete. */
const graceMs = 15_000;
const endedWaitMs = 3_000;

function deliveryFigures(cost: Cost, messages: number, deliveries: number): Figures {
  return {
    seconds: cost.seconds,
    messages,
    deliveries,
    deliveriesPerSecond: deliveries / cost.seconds,
    cpuMicrosPerDelivery: cost.serverMicros / deliveries,
    cpuMicrosPerMessage: cost.serverMicros / messages,
    ...cost.shares,
    ...cost.memory,
  };
}

async function runMessages(stage: Stage, phase: Phase & { kind: "closed" | "fixed" }, serverPid: number) {
  const { ledger, crowd } = stage;
  if (phase.kind === "closed") {
    const { workload, warmSeconds } = phase;
    const warmUp = runClosedLoop(stage, { ...phase, seconds: warmSeconds }, createHistogram());
    await within(warmUp, warmSeconds * 1000 + graceMs, `${workload} warm-up`);
  }
  const messagesBefore = ledger.opened;
  const deliveredBefore = ledger.delivered;
  const responses = createHistogram();
  const work = async () => {
    if (phase.kind === "fixed") return runFixedRate(stage, phase);
    await within(runClosedLoop(stage, phase, responses), phase.seconds * 1000 + graceMs, phase.workload);
    return undefined;
  };
  const [fixed, cost] = await metered(serverPid, work);
  const deliveries = ledger.delivered - deliveredBefore;
  const figures: Figures = {
    ...deliveryFigures(cost, ledger.opened - messagesBefore, deliveries),
    faults: ledger.strays + (ledger.underWay === 0 ? crowd.mismatches() : 0),
  };
  if (fixed === undefined)
    return { ...figures, responseP50Ms: responses.quantile(0.5), responseP99Ms: responses.quantile(0.99) };
  const { latencies, undelivered } = fixed;
  return {
    ...figures,
    undelivered,
    p50Ms: latencies.quantile(0.5),
    p99Ms: latencies.quantile(0.99),
    p999Ms: latencies.quantile(0.999),
    maxMs: latencies.maxMs,
  };
}

function stormFigures(crowd: Crowd, cost: Cost, subscribers: number): Figures {
  return {
    seconds: cost.seconds,
    connectsPerSecond: subscribers / cost.seconds,
    cpuMicrosPerConnect: cost.serverMicros / subscribers,
    firstEventP50Ms: crowd.firstEvents.quantile(0.5),
    firstEventP99Ms: crowd.firstEvents.quantile(0.99),
    ...cost.shares,
  };
}

/** Runs the whole job; `report` receives each row at once, so that rows before a failure are kept. */
async function perform(job: CrowdJob, report: (row: Outcome["rows"][number]) => void): Promise<void> {
  const dialect = dialects[job.dialect];
  const ledger = createLedger();
  const open = () => openLink(job, job.dialect);
  let fail = (_: string) => {};
  const failure = new Promise<never>((_, reject) => {
    fail = (why) => reject(new Error(why));
  });
  failure.catch(() => {});
  const failed = (why: string) => fail(why);
  const needs = { ...job, dialect, open, ledger, failed };

  async function steps(): Promise<void> {
    if (job.warmSubscribers > 0) {
      const warm = await connectCrowd({ ...needs, subscribers: job.warmSubscribers, prefix: "w" });
      warm.drop();
      await pause(500);
    }
    const wantsIdle = job.phases.some((phase) => phase.kind === "idle");
    const baseBytes = wantsIdle ? await settledRssBytes(job.serverPid, job.collectable) : Number.NaN;
    const [crowd, connecting] = await metered(job.serverPid, () => connectCrowd({ ...needs, prefix: "s" }));
    const sends = job.phases.some((phase) => phase.kind === "closed" || phase.kind === "fixed");
    const slots = Math.max(...job.phases.map((phase) => (phase.kind === "closed" ? phase.inFlight : 0)));
    const outbox = sends ? await openOutbox(dialect, open, job.textBytes, slots, failed) : undefined;
    await waitForQuiet(() => crowd.bytes, 300, 60_000);
    crowd.stall();
    for (const phase of job.phases) {
      const { workload } = phase;
      if (phase.kind === "storm") {
        report({ workload, figures: stormFigures(crowd, connecting, job.subscribers) });
      } else if (phase.kind === "idle") {
        const bytes = (await settledRssBytes(job.serverPid, job.collectable)) - baseBytes;
        report({ workload, figures: { rssBytesPerSubscriber: bytes / job.subscribers } });
      } else if (outbox !== undefined) {
        const figures = await runMessages({ crowd, ledger, outbox }, phase, job.serverPid);
        if (crowd.stalled > 0) {
          figures.stalled = crowd.stalled;
          figures.stalledEnded = await crowd.countEnded(endedWaitMs);
        }
        report({ workload, figures });
        if ((figures.undelivered ?? 0) > 0) throw new Error(`${workload}: the server did not keep up`);
      }
    }
  }

  await Promise.race([steps(), failure]);
}

/** Runs the job; a failure is part of the outcome. */
export async function runJob(job: Job): Promise<Outcome> {
  const rows: { workload: string; figures: Figures }[] = [];
  try {
    if (job.kind === "seed") return { rows, firstCursor: await seed(job) };
    const report = (row: Outcome["rows"][number]) => void rows.push(row);
    switch (job.kind) {
      case "replay":
        await replay(job, report);
        break;
      case "starts":
        await starts(job, report);
        break;
      case "flood":
        await flood(job, report);
        break;
      case "crowd":
        await perform(job, report);
    }
    return { rows };
  } catch (error) {
    return { rows, failure: error instanceof Error ? error.message : String(error) };
  }
}
