import type { CrowdJob, Phase, ReplayJob } from "./job.js";
import { lanes, ours, oursOnDisk } from "./systems/parlance.js";
import type { System } from "./systems/system.js";

/** What a load client does with one fresh server, but for where the server is. */
export type Visit = Pick<
  CrowdJob,
  "subscribers" | "ignoringShare" | "stalledShare" | "textBytes" | "warmSubscribers" | "arriving"
> & {
  readonly phases: readonly Phase[];
};

/** What one reader reads of a filled room, after a restart of the server. */
export type Replay = Pick<ReplayJob, "messages" | "textBytes" | "workloads">;

interface Repeated {
  readonly name: string;
  readonly rounds: number;
  readonly systems: readonly System[];
}

/** Visits to several systems, repeated: round by round, system by system, so that neighbours can be compared. */
export interface CrowdBlock extends Repeated {
  readonly kind: "crowd";
  readonly visits: readonly Visit[];
}

/** One room on disk, filled once, that each system reads back in each round. */
export interface ReplayBlock extends Repeated {
  readonly kind: "replay";
  readonly replay: Replay;
}

/** What is measured in one go. */
export type Block = CrowdBlock | ReplayBlock;

/** What to plan. */
export interface Scope {
  readonly quick: boolean;
  readonly peers: readonly System[];
  /** Rounds of every block; undefined: as the block has it. */
  readonly rounds: number | undefined;
  /** Numbers of subscribers to measure delivery at. */
  readonly subscribers: readonly number[];
  /** Names of blocks or workloads; empty: all. */
  readonly only: readonly string[];
}

/** Every name that `only` knows. */
export const workloads = [
  "T1",
  "T32",
  "fixed",
  "storm",
  "idle",
  "unary",
  "arrivals",
  "mixed",
  "stalled",
  "disk",
  "replay",
  "lane",
] as const;

const shortTextBytes = 80;
const longTextBytes = 2048;
/** Deliveries a second of the fixed-rate phase, whatever the number of subscribers. */
const fixedDeliveries = 10_000;

const plain = {
  ignoringShare: 0,
  stalledShare: 0,
  textBytes: shortTextBytes,
  warmSubscribers: 0,
  arriving: false,
};

/** Time that a phase is measured, and time before that. */
interface Times {
  readonly seconds: number;
  readonly warmSeconds: number;
}

const usual: Times = { seconds: 2, warmSeconds: 1 };
const quickly: Times = { seconds: 0.6, warmSeconds: 0.4 };
/** A message costs so little with one subscriber that compilers need longer to see it often. */
const unhurried: Times = { seconds: 2, warmSeconds: 3 };

function closed(workload: string, inFlight: number, times: Times, privateShare = 0): Phase {
  return { kind: "closed", workload, inFlight, privateShare, ...times };
}

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
      { kind: "fixed", workload: "fixed", messagesPerSecond, seconds: quick ? 1.2 : 5 },
    ],
  };
}

function stalled(stalledShare: number): Visit {
  // Fast and long enough that a stalled reader leaves a ring of 4,096 events behind 4 MB that the kernel takes.
  const phase = { kind: "fixed", messagesPerSecond: 320, seconds: 22 } as const;
  const workload = stalledShare > 0 ? "stalled" : "steady";
  return {
    ...plain,
    subscribers: 100,
    stalledShare,
    textBytes: longTextBytes,
    phases: [{ ...phase, workload }],
  };
}

/** Whether a system gets a room of this size done in the time there is. */
function isWorthIt(
  { maxSubscribers = Number.POSITIVE_INFINITY, slow }: System,
  count: number,
  quick: boolean,
) {
  const smallRoom = 500;
  return count <= (quick && slow === true ? smallRoom : maxSubscribers);
}

/** Our own server with and without something of it. */
function ownBlocks(): Block[] {
  const onMemory = ours.filter(({ dialect }) => dialect === "connectH1");
  const disk: CrowdBlock = {
    kind: "crowd",
    name: "disk",
    rounds: 3,
    systems: [...onMemory, ...oursOnDisk.filter(({ dialect }) => dialect === "connectH1")],
    visits: [
      {
        ...plain,
        subscribers: 1,
        phases: [closed("disk 64", 64, unhurried), closed("disk 1", 1, unhurried)],
      },
      { ...plain, subscribers: 1_000, phases: [closed("disk T1", 1, usual), closed("disk T32", 32, usual)] },
    ],
  };
  const replay: ReplayBlock = {
    kind: "replay",
    name: "replay",
    rounds: 3,
    systems: oursOnDisk,
    replay: { messages: 100_000, textBytes: shortTextBytes, workloads: ["replay", "replay again"] },
  };
  const lane: CrowdBlock = {
    kind: "crowd",
    name: "lane",
    rounds: 3,
    systems: lanes,
    visits: [1, 100].map((subscribers) => ({
      ...plain,
      subscribers,
      phases: [closed("lane", 32, unhurried)],
    })),
  };
  return [disk, replay, lane];
}

function allBlocks({ quick, peers, subscribers }: Scope): Block[] {
  const everyone = [...ours, ...peers];
  const blocks: Block[] = subscribers.map((count) => ({
    kind: "crowd",
    name: `delivery-${count}`,
    rounds: quick || count >= 5_000 ? 2 : 3,
    systems: everyone.filter((system) => isWorthIt(system, count, quick)),
    visits: [delivery(count, quick)],
  }));
  blocks.push({
    kind: "crowd",
    name: "unary",
    rounds: quick ? 1 : 3,
    systems: quick ? ours : everyone,
    visits: [{ ...plain, subscribers: 1, phases: [closed("unary", 32, quick ? quickly : unhurried)] }],
  });
  const idle: Phase = { kind: "idle", workload: "idle" };
  blocks.push({
    kind: "crowd",
    name: "idle",
    rounds: quick ? 1 : 2,
    systems: quick ? ours : everyone,
    visits: [{ ...plain, subscribers: quick ? 500 : 2_000, warmSubscribers: 200, phases: [idle] }],
  });
  if (quick) return blocks;
  blocks.push({
    kind: "crowd",
    name: "arrivals",
    rounds: 2,
    systems: ours,
    visits: [false, true].map((arriving) => ({
      ...plain,
      subscribers: 1_000,
      warmSubscribers: 200,
      arriving,
      phases: [{ kind: "storm", workload: arriving ? "arrivals" : "logins first" }],
    })),
  });
  blocks.push({
    kind: "crowd",
    name: "mixed",
    rounds: 3,
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
  blocks.push(...ownBlocks());
  return blocks;
}

/** The blocks to run: all of the form, or what `only` names of them. */
export function plan(scope: Scope): Block[] {
  const { only, rounds } = scope;
  const picked = allBlocks(scope).flatMap((block) => {
    if (only.length === 0 || only.includes(block.name)) return [block];
    if (block.kind === "replay") return [];
    const visits = block.visits.map((visit) => ({
      ...visit,
      phases: visit.phases.filter(({ workload }) => only.includes(workload)),
    }));
    const left = visits.filter(({ phases }) => phases.length > 0);
    return left.length > 0 ? [{ ...block, visits: left }] : [];
  });
  return picked.map((block) => ({ ...block, rounds: rounds ?? block.rounds }));
}
