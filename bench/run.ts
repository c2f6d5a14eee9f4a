import { loadavg } from "node:os";
import type { Pinning } from "./host/cpus.js";
import { runLoadClient } from "./host/load-client.js";
import { startServer } from "./host/server.js";
import type { Outcome } from "./job.js";
import type { Block, Visit } from "./plan.js";
import type { Failure, Row } from "./report/results.js";
import type { System } from "./systems/system.js";

const connectingAtOnce = 100;

/** Gives one load client one fresh server. */
async function runVisit(system: System, visit: Visit, pinning: Pinning | undefined): Promise<Outcome> {
  const phases = visit.phases.filter(({ kind }) => kind !== "storm" || system.pacedAtOnce === undefined);
  if (phases.length === 0) return { rows: [] };
  const server = await startServer(system, pinning?.server);
  try {
    const job = {
      ...visit,
      phases,
      dialect: system.dialect,
      host: server.host,
      port: server.port,
      serverPid: server.pid,
      connectingAtOnce: system.pacedAtOnce ?? connectingAtOnce,
      warmSubscribers: system.pacedAtOnce === undefined ? visit.warmSubscribers : 0,
      collectable: system.collectable,
    };
    return await runLoadClient(job, pinning?.load);
  } finally {
    await server.stop();
  }
}

/** What came of the plan. */
export interface Results {
  readonly rows: readonly Row[];
  readonly failures: readonly Failure[];
}

/** Runs the blocks one after another, each round by round; `tell` hears of each visit. */
export async function runBlocks(
  blocks: readonly Block[],
  pinning: Pinning | undefined,
  tell: (line: string) => void,
): Promise<Results> {
  const rows: Row[] = [];
  const failures: Failure[] = [];
  for (const block of blocks) {
    for (let round = 1; round <= block.rounds; round += 1) {
      for (const system of block.systems) {
        for (const visit of block.visits) {
          const where = { block: block.name, round, system: system.name, subscribers: visit.subscribers };
          const loadAverage = loadavg()[0] ?? Number.NaN;
          const startMs = performance.now();
          const outcome = await runVisit(system, visit, pinning).catch((error: Error): Outcome => {
            return { rows: [], failure: error.message };
          });
          for (const row of outcome.rows) rows.push({ ...where, loadAverage, ...row });
          if (outcome.failure !== undefined) failures.push({ ...where, reason: outcome.failure });
          const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
          const cpu = outcome.rows
            .filter(({ figures }) => figures.cpuMicrosPerDelivery !== undefined)
            .map(({ workload, figures }) => `${workload} ${figures.cpuMicrosPerDelivery?.toFixed(2)} µs`);
          const end = outcome.failure === undefined ? "" : ` FAILED: ${outcome.failure}`;
          tell(
            `${block.name} round ${round}/${block.rounds} ${system.name} ${seconds} s ${cpu.join(", ")}${end}`,
          );
        }
      }
    }
  }
  return { rows, failures };
}
