import { loadavg } from "node:os";
import type { Block, ClientBlock, HerdBlock, ReplayBlock, Visit } from "./block.js";
import type { Pinning } from "./host/cpus.js";
import { makeFolder, removeFolder } from "./host/folder.js";
import { runLoadClient } from "./host/load-client.js";
import { checkOpenFiles } from "./host/open-files.js";
import { type RunningServer, startServer } from "./host/server.js";
import type { HerdJob, Job, ModerationJob, Outcome, PageJob, SearchJob, Target } from "./job.js";
import type { Failure, Row } from "./report/results.js";
import { clientCommand } from "./systems/client.js";
import type { System } from "./systems/system.js";
import { canRun } from "./visits.js";

const connectingAtOnce = 100;

/** Starts a server on a folder and runs one job of a load client against it, on `loadCpu`. */
async function runJob(
  system: System,
  folder: string,
  pinning: Pinning | undefined,
  jobFor: (target: Target) => Job,
  loadCpu = pinning?.load,
): Promise<Outcome> {
  let server: RunningServer | undefined;
  async function start(port?: number): Promise<Target> {
    server = await startServer(system, pinning?.server, folder, port);
    return { dialect: system.dialect, ...server.endpoint, ...server.measured };
  }
  async function restart(): Promise<Target> {
    // Only our own shutdown is of interest; some peers take their time.
    await (system.ours ? server?.end() : server?.stop());
    return start(server?.endpoint.port);
  }
  try {
    return await runLoadClient(jobFor(await start()), loadCpu, restart);
  } finally {
    await server?.stop();
  }
}

/** Runs one job against one fresh server. */
async function runVisit(system: System, visit: Visit, pinning: Pinning | undefined): Promise<Outcome> {
  const phases = visit.phases.filter((phase) => canRun(system, phase));
  if (phases.length === 0) return { rows: [] };
  checkOpenFiles(visit.subscribers);
  const folder = makeFolder();
  try {
    return await runJob(system, folder, pinning, (target) => ({
      kind: "crowd",
      ...target,
      ...visit,
      phases,
      connectingAtOnce: system.pacedAtOnce ?? connectingAtOnce,
      warmSubscribers: system.pacedAtOnce === undefined ? visit.warmSubscribers : 0,
      collectable: system.collectable,
    }));
  } finally {
    removeFolder(folder);
  }
}

/** One step that every system takes in every round. */
interface Step {
  readonly subscribers: number;
  run(system: System): Promise<Outcome>;
}

/** Fills a room in `folder`, and returns the step that replays it. */
async function fill(block: ReplayBlock, folder: string, pinning: Pinning | undefined): Promise<Step> {
  const { messages, textBytes } = block.replay;
  const { firstCursor, failure } = await runJob(block.systems[0]!, folder, pinning, (target) => ({
    kind: "seed",
    ...target,
    messages,
    textBytes,
  }));
  if (firstCursor === undefined) throw new Error(`the room could not be filled: ${failure}`);
  return {
    subscribers: 1,
    run: (system) =>
      runJob(system, folder, pinning, (target) => ({
        kind: "replay",
        ...target,
        ...block.replay,
        after: firstCursor,
      })),
  };
}

/** The steps of a client: it has a CPU of its own, and the server shares one with the senders. */
function clientSteps({ starts, floods }: ClientBlock, pinning: Pinning | undefined): Step[] {
  const client = clientCommand();
  const cpu = pinning?.load;
  const start: Step = {
    subscribers: 1,
    run: () => runLoadClient({ kind: "starts", times: starts, client, cpu }, pinning?.server),
  };
  const flood = (job: ClientBlock["floods"][number]): Step => ({
    subscribers: 1,
    async run(system) {
      const folder = makeFolder();
      try {
        const jobFor = (target: Target): Job => ({ kind: "flood", ...target, ...job, client, cpu });
        return await runJob(system, folder, pinning, jobFor, pinning?.server);
      } finally {
        removeFolder(folder);
      }
    },
  });
  return [start, ...floods.map(flood)];
}

function herdSteps({ herds }: HerdBlock, pinning: Pinning | undefined): Step[] {
  return herds.map((herd) =>
    inFreshRoom(herd.subscribers, { kind: "herd", ...herd, connectingAtOnce }, pinning),
  );
}

/** A step that runs the job against a server of its own. */
function inFreshRoom(
  subscribers: number,
  job:
    | Omit<HerdJob, keyof Target>
    | Omit<ModerationJob, keyof Target>
    | Omit<PageJob, keyof Target>
    | Omit<SearchJob, keyof Target>,
  pinning: Pinning | undefined,
): Step {
  return {
    subscribers,
    async run(system) {
      checkOpenFiles(subscribers);
      const folder = makeFolder();
      try {
        return await runJob(system, folder, pinning, (target) => ({ ...target, ...job }));
      } finally {
        removeFolder(folder);
      }
    },
  };
}

/** The results of the plan. */
export interface Results {
  readonly rows: readonly Row[];
  readonly failures: readonly Failure[];
}

/** Runs the blocks one after another, each round by round; `progress` receives a line per step. */
export async function runBlocks(
  blocks: readonly Block[],
  pinning: Pinning | undefined,
  progress: (line: string) => void,
): Promise<Results> {
  const rows: Row[] = [];
  const failures: Failure[] = [];

  async function runRounds(block: Block, steps: readonly Step[]): Promise<void> {
    for (let round = 1; round <= block.rounds; round += 1) {
      // What is compared is measured one after the other.
      for (const { subscribers, run } of steps) {
        for (const system of block.systems) {
          const where = { block: block.name, round, system: system.name, subscribers };
          const loadAverage = loadavg()[0] ?? Number.NaN;
          const startMs = performance.now();
          const outcome = await run(system).catch((error: Error): Outcome => {
            return { rows: [], failure: error.message };
          });
          for (const row of outcome.rows) rows.push({ ...where, loadAverage, ...row });
          if (outcome.failure !== undefined) failures.push({ ...where, reason: outcome.failure });
          const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
          progress(
            `${block.name} round ${round}/${block.rounds} ${system.name} ${seconds} s ${inShort(outcome)}`,
          );
        }
      }
    }
  }

  for (const block of blocks) {
    if (block.kind === "crowd") {
      const steps = block.visits.map(
        (visit): Step => ({
          subscribers: visit.subscribers,
          run: (system) => runVisit(system, visit, pinning),
        }),
      );
      await runRounds(block, steps);
      continue;
    }
    if (block.kind === "herd") {
      await runRounds(block, herdSteps(block, pinning));
      continue;
    }
    if (block.kind === "moderation") {
      const { moderation } = block;
      await runRounds(block, [
        inFreshRoom(moderation.subscribers, { kind: "moderation", ...moderation }, pinning),
      ]);
      continue;
    }
    if (block.kind === "page") {
      // A browser is many processes, which a person's machine runs beside one another.
      await runRounds(block, [inFreshRoom(1, { kind: "page", ...block.page }, undefined)]);
      continue;
    }
    if (block.kind === "search") {
      await runRounds(block, [inFreshRoom(1, { kind: "search", ...block.search }, pinning)]);
      continue;
    }
    if (block.kind === "client") {
      await runRounds(block, clientSteps(block, pinning));
      continue;
    }
    const folder = makeFolder();
    try {
      progress(`${block.name}: filling a room`);
      await runRounds(block, [await fill(block, folder, pinning)]);
    } finally {
      removeFolder(folder);
    }
  }
  return { rows, failures };
}

/** The figure that is worth a look while the benchmark runs. */
function inShort({ rows, failure }: Outcome): string {
  const seen = rows.flatMap(({ workload, subscribers, figures }) => {
    const { actionMs, cpuMicrosPerDelivery, cpuMicrosPerConnect, longestPauseMs, rssBytesPerSubscriber } =
      figures;
    const { lineP50Ms, readyMs } = figures;
    const name = subscribers === undefined ? workload : `${workload} ${subscribers}`;
    if (cpuMicrosPerDelivery !== undefined) return [`${name} ${cpuMicrosPerDelivery.toFixed(2)} µs`];
    if (cpuMicrosPerConnect !== undefined) return [`${name} ${(cpuMicrosPerConnect / 1000).toFixed(2)} ms`];
    if (lineP50Ms !== undefined) return [`${name} ${lineP50Ms.toFixed(1)} ms`];
    if (readyMs !== undefined) return [`${name} ${readyMs.toFixed(1)} ms`];
    if (actionMs !== undefined) return [`${name} ${actionMs.toFixed(1)} ms`];
    if (longestPauseMs !== undefined) return [`${name} ${longestPauseMs.toFixed(1)} ms`];
    if (rssBytesPerSubscriber !== undefined)
      return [`${name} ${(rssBytesPerSubscriber / 1024).toFixed(1)} KiB`];
    return [];
  });
  return `${seen.join(", ")}${failure === undefined ? "" : ` FAILED: ${failure}`}`;
}
