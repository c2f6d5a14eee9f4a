import type { Block, Visit } from "./block.js";
import type { Phase } from "./job.js";
import type { System } from "./systems/system.js";
import { canRun } from "./visits.js";

/** Three with logins and three without. */
const moderationTurns = 6;

/** Starting a server, or several and their engine, and a load client, and waiting until all are quiet. */
function overheadSeconds({ ours, servers = 1 }: System): number {
  return (ours ? 2.5 : 1.5) + (servers - 1);
}

/** Connects per second, as seen on the machine of docs/performance.md, and of a server that throttles them. */
function connectsPerSecond({ ours, dialect, pacedAtOnce }: System): number {
  if (pacedAtOnce !== undefined) return pacedAtOnce;
  if (ours) return dialect === "grpcH2" ? 350 : 550;
  return dialect === "connectH1" || dialect === "grpcH2" ? 500 : 2_000;
}

function phaseSeconds(phase: Phase): number {
  switch (phase.kind) {
    case "closed":
    case "fixed":
      return phase.warmSeconds + phase.seconds;
    case "idle":
      return 3;
    case "list":
      return 3;
    case "pause":
      return phase.during === "quiet" ? phase.seconds : phase.during === "messages" ? phase.messages : 0;
    default:
      return 0;
  }
}

function visitSeconds(visit: Visit, system: System): number {
  const phases = visit.phases.filter((phase) => canRun(system, phase));
  if (phases.length === 0) return 0;
  const connecting = (visit.subscribers + visit.warmSubscribers) / connectsPerSecond(system);
  return overheadSeconds(system) + connecting + sum(phases, phaseSeconds);
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/** One round of a block. */
function roundSeconds(block: Block): number {
  const { systems } = block;
  switch (block.kind) {
    case "crowd":
      return sum(systems, (system) => sum(block.visits, (visit) => visitSeconds(visit, system)));
    case "herd":
      // Sessions on disk cost several times those in memory, and everyone connects twice.
      return sum(systems, (system) =>
        sum(
          block.herds,
          ({ subscribers }) =>
            2 * overheadSeconds(system) + (subscribers * (system.ours ? 3 : 2)) / connectsPerSecond(system),
        ),
      );
    case "replay":
      return sum(systems, overheadSeconds) * 2;
    case "moderation": {
      const { subscribers, seconds } = block.moderation;
      return sum(
        systems,
        (system) =>
          overheadSeconds(system) + subscribers / connectsPerSecond(system) + moderationTurns * seconds + 8,
      );
    }
    case "page": {
      const { openings, messages } = block.page;
      return sum(systems, overheadSeconds) + 12 + openings / 2 + messages / 1_500;
    }
    case "search": {
      const { messages, searches } = block.search;
      return sum(systems, (system) => overheadSeconds(system) + messages / 12_000 + (2 * searches) / 60 + 1);
    }
    case "client":
      return (
        sum(
          block.floods,
          ({ warmSeconds, seconds }) => overheadSeconds(systems[0]!) + warmSeconds + seconds,
        ) +
        block.starts / 4
      );
  }
}

/** About how long the blocks will take. */
export function expectedSeconds(blocks: readonly Block[]): number {
  return sum(blocks, (block) => block.rounds * roundSeconds(block));
}
