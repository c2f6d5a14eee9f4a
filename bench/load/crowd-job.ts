import type { CrowdJob, Figures, Measured, Phase, Report } from "../job.js";
import { settledRssBytes } from "./collect.js";
import { type Crowd, connectCrowd } from "./crowd.js";
import { dialects } from "./dialects/index.js";
import { createHistogram } from "./histogram.js";
import { createLedger } from "./ledger.js";
import { openLink } from "./link.js";
import { type Cost, metered, readClocks } from "./meter.js";
import { openOutbox } from "./outbox.js";
import { type Arrivals, countArrivals } from "./phases/arrivals.js";
import { runClosedLoop, type Stage } from "./phases/closed-loop.js";
import { runFixedRate } from "./phases/fixed-rate.js";
import { meterLists } from "./phases/lists.js";
import { longestPauseDuring, type Pauses, sendSingly } from "./phases/pauses.js";
import { serverFor } from "./placement.js";
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
    ...(cost.engineMicros !== undefined && { engineMicrosPerMessage: cost.engineMicros / messages }),
    ...cost.shares,
    ...cost.memory,
  };
}

async function runMessages(
  stage: Stage,
  phase: Phase & { kind: "closed" | "fixed" },
  measured: Measured,
): Promise<Figures> {
  const { ledger, crowd } = stage;
  const { workload, warmSeconds } = phase;
  const warmUp = { ...phase, seconds: warmSeconds };
  if (warmUp.kind === "closed") {
    const warm = runClosedLoop(stage, warmUp, createHistogram());
    await within(warm, warmSeconds * 1000 + graceMs, `${workload} warm-up`);
  } else if (warmSeconds > 0) await runFixedRate(stage, warmUp);
  const messagesBefore = ledger.opened;
  const deliveredBefore = ledger.delivered;
  const responses = createHistogram();
  const work = async () => {
    if (phase.kind === "fixed") return runFixedRate(stage, phase);
    await within(runClosedLoop(stage, phase, responses), phase.seconds * 1000 + graceMs, workload);
    return undefined;
  };
  const [fixed, cost] = await metered(measured, work);
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

/** Whether a phase sends messages. */
function sends(phase: Phase): boolean {
  return phase.kind === "pause"
    ? phase.during === "messages"
    : phase.kind === "closed" || phase.kind === "fixed";
}

/** The subscribers once they are connected, and what is known from connecting them. */
interface Connected {
  readonly crowd: Crowd;
  readonly cost: Cost;
  readonly arrivals: Arrivals | undefined;
  /** Resident memory of the server before; NaN where no phase needs it. */
  readonly baseBytes: number;
  /** Empty where no phase needs them. */
  readonly pauses: Pauses;
}

type CrowdSource = (prefix: string, subscribers: number, arrived?: Arrivals["arrived"]) => Promise<Crowd>;

async function connectAll(job: CrowdJob, connect: CrowdSource): Promise<Connected> {
  const { serverPid, subscribers, phases } = job;
  if (job.warmSubscribers > 0) {
    const warm = await connect("w", job.warmSubscribers);
    warm.drop();
    await pause(500);
  }
  const idle = phases.find((phase) => phase.kind === "idle");
  const collect = job.collectable && idle?.forced === true;
  const baseBytes = idle === undefined ? Number.NaN : await settledRssBytes(serverPid, collect);
  const sliced = phases.find((phase) => phase.kind === "arrivals");
  const arrivals = sliced && countArrivals(sliced.every, subscribers, () => readClocks(job));
  const work = () => metered(job, () => connect("s", subscribers, arrivals?.arrived));
  const watched = phases.some((phase) => phase.kind === "pause" && phase.during === "connecting");
  const [[crowd, cost], pauses]: [[Crowd, Cost], Pauses] = watched
    ? await longestPauseDuring(serverPid, work)
    : [await work(), {}];
  return { crowd, cost, arrivals, baseBytes, pauses };
}

/** How to connect to the servers of the room. */
function openers(job: CrowdJob) {
  const servers = [job, ...(job.others ?? [])] as const;
  const of = (role: "subscriber" | "sender") => (index: number) =>
    openLink(serverFor(servers, job.placement, role, index), job.dialect);
  return { subscriber: of("subscriber"), sender: of("sender"), lister: () => openLink(job, job.dialect) };
}

/** Connects subscribers and runs the phases. */
export async function runCrowd(job: CrowdJob, report: Report): Promise<void> {
  const { serverPid, subscribers, phases } = job;
  const dialect = dialects[job.dialect];
  const ledger = createLedger();
  const open = openers(job);
  let fail = (_: string) => {};
  const failure = new Promise<never>((_, reject) => {
    fail = (why) => reject(new Error(why));
  });
  failure.catch(() => {});
  const failed = (why: string) => fail(why);
  const needs = { ...job, dialect, open: open.subscriber, ledger, failed };

  async function steps(): Promise<void> {
    const { crowd, cost, arrivals, baseBytes, pauses } = await connectAll(job, (prefix, count, arrived) =>
      connectCrowd({ ...needs, prefix, subscribers: count, ...(arrived && { arrived }) }),
    );
    const slots = Math.max(...phases.map((phase) => (phase.kind === "closed" ? phase.inFlight : 0)));
    const outbox = phases.some(sends)
      ? await openOutbox(dialect, open.sender, job.textBytes, slots, failed)
      : undefined;
    await waitForQuiet(() => crowd.bytes, 300, 60_000);
    crowd.stall();

    async function run(phase: Phase): Promise<Figures> {
      switch (phase.kind) {
        case "storm":
          return stormFigures(crowd, cost, subscribers);
        case "arrivals":
          for (const row of arrivals?.rows(phase.workload).slice(0, -1) ?? []) report(row);
          return arrivals?.rows(phase.workload).at(-1)?.figures ?? {};
        case "idle": {
          const bytes = (await settledRssBytes(serverPid, job.collectable && phase.forced)) - baseBytes;
          return { rssBytesPerSubscriber: bytes / subscribers };
        }
        case "list":
          return meterLists(job, phase.times, dialect, { nickname: "lister", open: open.lister, failed });
        case "pause": {
          if (phase.during === "connecting") return pauses;
          const [, found] = await longestPauseDuring(serverPid, () =>
            phase.during === "quiet"
              ? pause(phase.seconds * 1000)
              : sendSingly({ crowd, ledger, outbox: outbox! }, phase.messages),
          );
          return found;
        }
        default: {
          const figures = await runMessages({ crowd, ledger, outbox: outbox! }, phase, job);
          if (crowd.stalled === 0) return figures;
          return { ...figures, stalled: crowd.stalled, stalledEnded: await crowd.countEnded(endedWaitMs) };
        }
      }
    }

    for (const phase of phases) {
      const { workload } = phase;
      const figures = await run(phase);
      report({ workload, figures });
      if ((figures.undelivered ?? 0) > 0) throw new Error(`${workload}: the server did not keep up`);
    }
  }

  await Promise.race([steps(), failure]);
}
