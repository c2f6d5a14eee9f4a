import type { Block, Visit } from "./block.js";
import { crowdBlocks } from "./crowd-blocks.js";
import {
  moderationBlock,
  ownBlocks,
  pageBlocks,
  searchBlock,
  serversBlocks,
  tlsBlock,
} from "./own-blocks.js";
import { ours } from "./systems/parlance.js";
import type { System } from "./systems/system.js";
import { closed, longTextBytes, plain, quickly, unhurried, usual } from "./visits.js";

/** The choices that the plan depends on. */
export interface Scope {
  readonly quick: boolean;
  readonly peers: readonly System[];
  /** Other builds of this server for the workloads on disk. */
  readonly disks: readonly System[];
  /** Rounds of every block; undefined: as the block has it. */
  readonly rounds: number | undefined;
  /** Numbers of subscribers; undefined: as each block has them. */
  readonly subscribers: readonly number[] | undefined;
  /** Names of blocks or workloads; empty: all. */
  readonly only: readonly string[];
}

/** Every name that `only` accepts. */
export const workloads = [
  "T1",
  "T32",
  "fixed",
  "storm",
  "idle",
  "unary",
  "arrivals",
  "herd",
  "pauses",
  "lists",
  "mixed",
  "stalled",
  "tls",
  "disk",
  "servers",
  "moderation",
  "page",
  "search",
  "replay",
  "fast-path",
  "client",
] as const;

/** Deliveries a second of the fixed-rate phase, whatever the number of subscribers. */
const fixedDeliveries = 10_000;

function delivery(subscribers: number, quick: boolean): Visit {
  const times = quick ? quickly : usual;
  const messagesPerSecond = fixedDeliveries / subscribers;
  return {
    ...plain,
    subscribers,
    warmSubscribers: quick ? 0 : 200,
    phases: [
      { kind: "storm", workload: "storm" },
      closed("T1", 1, times),
      closed("T32", 32, times),
      // In a small room, messages are so many that a shorter time has enough of them.
      {
        kind: "fixed",
        workload: "fixed",
        messagesPerSecond,
        warmSeconds: 0,
        seconds: quick ? 1.2 : subscribers < 1_000 ? 3 : 5,
      },
    ],
  };
}

function stalled(stalledShare: number): Visit {
  // Fast and long enough that a stalled reader falls behind a ring of 4,096 events after the kernel has buffered 4 MB.
  const phase = { kind: "fixed", messagesPerSecond: 320, warmSeconds: 0, seconds: 22 } as const;
  const workload = stalledShare > 0 ? "stalled" : "steady";
  return {
    ...plain,
    subscribers: 100,
    stalledShare,
    textBytes: longTextBytes,
    phases: [{ ...phase, workload }],
  };
}

/** Whether a system can handle a room of this size within the time limit. */
function isWorthIt(
  { maxSubscribers = Number.POSITIVE_INFINITY, slow }: System,
  count: number,
  quick: boolean,
) {
  const smallRoom = 500;
  return count <= (quick && slow === true ? smallRoom : maxSubscribers);
}

function allBlocks(scope: Scope): Block[] {
  const { quick, peers, only, subscribers = quick ? [100, 1_000] : [100, 1_000, 5_000] } = scope;
  const everyone = [...ours, ...peers];
  const blocks: Block[] = subscribers.map((count) => ({
    kind: "crowd",
    name: `delivery-${count}`,
    // The many peers of a small room, and the long rounds of a large one, leave time for two.
    rounds: quick || count < 1_000 || count >= 5_000 ? 2 : 3,
    systems: everyone.filter((system) => isWorthIt(system, count, quick)),
    visits: [delivery(count, quick)],
  }));
  blocks.push({
    kind: "crowd",
    name: "unary",
    rounds: quick ? 1 : 2,
    systems: quick ? ours : everyone,
    visits: [{ ...plain, subscribers: 1, phases: [closed("unary", 32, quick ? quickly : unhurried)] }],
  });
  // The quick form has time for these only where they are asked for.
  const crowds = crowdBlocks(scope);
  const isAskedFor = ({ name }: Block) => name === "idle" || only.includes(name);
  blocks.push(...(quick ? crowds.filter(isAskedFor) : crowds));
  if (only.includes("page")) blocks.push(...pageBlocks(quick));
  if (quick)
    return [
      ...blocks,
      ...(only.includes("tls") ? [tlsBlock(quick)] : []),
      ...(only.includes("servers") ? serversBlocks(quick) : []),
      ...(only.includes("moderation") ? [moderationBlock(quick)] : []),
      ...(only.includes("search") ? [searchBlock(quick)] : []),
    ];
  blocks.push({
    kind: "crowd",
    name: "mixed",
    rounds: 2,
    systems: ours,
    visits: [
      {
        ...plain,
        subscribers: 1_000,
        phases: [closed("plain", 32, usual), closed("private", 32, usual, 0.05)],
      },
      { ...plain, subscribers: 1_000, ignoringShare: 0.05, phases: [closed("ignoring", 32, usual)] },
    ],
  });
  blocks.push({
    kind: "crowd",
    name: "stalled",
    rounds: 2,
    systems: ours,
    visits: [stalled(0), stalled(0.1)],
  });
  blocks.push(...ownBlocks(scope.disks));
  return blocks;
}

/** The blocks to run: all of the chosen form, or those that `only` names. */
export function plan(scope: Scope): Block[] {
  const { only, rounds } = scope;
  const picked = allBlocks(scope).flatMap((block) => {
    if (only.length === 0 || only.includes(block.name)) return [block];
    if (block.kind !== "crowd") return [];
    const visits = block.visits.map((visit) => ({
      ...visit,
      phases: visit.phases.filter(({ workload }) => only.includes(workload)),
    }));
    const left = visits.filter(({ phases }) => phases.length > 0);
    return left.length > 0 ? [{ ...block, visits: left }] : [];
  });
  return picked.map((block) => ({ ...block, rounds: rounds ?? block.rounds }));
}
