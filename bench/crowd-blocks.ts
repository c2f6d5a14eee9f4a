import type { CrowdBlock, HerdBlock } from "./block.js";
import { ours, oursReturning, oursWatched } from "./systems/parlance.js";
import type { System } from "./systems/system.js";
import { closed, plain, quickly, shortTextBytes, usual } from "./visits.js";

/** What the blocks of this file depend on. */
export interface CrowdScope {
  readonly quick: boolean;
  readonly peers: readonly System[];
  /** Numbers of subscribers instead of those that each block has; undefined: its own. */
  readonly subscribers: readonly number[] | undefined;
}

const warmSubscribers = 200;
/** Figures are given for each further thousand. */
const sliceSubscribers = 1_000;

/** Peers that take a large crowd at once. */
function storming(peers: readonly System[], count: number): System[] {
  return peers.filter(
    ({ pacedAtOnce, maxSubscribers = Number.POSITIVE_INFINITY }) =>
      pacedAtOnce === undefined && maxSubscribers >= count,
  );
}

/** Each logs in and subscribes at once, up to the largest crowd. */
function arrivals({ quick, peers, subscribers = [quick ? 2_000 : 10_000] }: CrowdScope): CrowdBlock {
  const count = Math.max(...subscribers);
  const every = Math.min(sliceSubscribers, count);
  return {
    kind: "crowd",
    name: "arrivals",
    rounds: quick ? 1 : 2,
    systems: [...ours, ...storming(peers, count)],
    visits: [
      {
        ...plain,
        subscribers: count,
        warmSubscribers,
        arriving: true,
        phases: [{ kind: "arrivals", workload: "arrivals", every }],
      },
    ],
  };
}

/** Not the floor, which is among the arrivals, nor other servers of this protocol, whose sessions end with them. */
function returns({ name, dialect }: System): boolean {
  return name !== "floor" && dialect !== "connectH1" && dialect !== "grpcH2";
}

/** All return at once to a server that was restarted on its store. */
function herd({ quick, peers, subscribers = [quick ? 500 : 5_000] }: CrowdScope): HerdBlock {
  return {
    kind: "herd",
    name: "herd",
    rounds: quick ? 1 : 2,
    systems: [...oursReturning, ...storming(peers, Math.max(...subscribers)).filter(returns)],
    herds: subscribers.map((count) => ({
      workload: "herd",
      subscribers: count,
      messages: 20,
      textBytes: shortTextBytes,
    })),
  };
}

/** The longest turn of the event loop in a small and in a large room. */
function pauses({ quick, subscribers = quick ? [100, 1_000] : [100, 10_000] }: CrowdScope): CrowdBlock {
  return {
    kind: "crowd",
    name: "pauses",
    rounds: quick ? 1 : 2,
    systems: oursWatched,
    visits: subscribers.map((count) => ({
      ...plain,
      subscribers: count,
      warmSubscribers,
      arriving: true,
      phases: [
        { kind: "pause", workload: "pause arriving", during: "connecting" },
        { kind: "pause", workload: "pause quiet", during: "quiet", seconds: quick ? 7 : 15 },
        { kind: "pause", workload: "pause broadcast", during: "messages", messages: 5 },
      ],
    })),
  };
}

/** A whole list of the members beside one message to them. */
function lists({ quick, subscribers = [quick ? 500 : 5_000] }: CrowdScope): CrowdBlock {
  return {
    kind: "crowd",
    name: "lists",
    rounds: quick ? 1 : 2,
    systems: ours,
    visits: subscribers.map((count) => ({
      ...plain,
      subscribers: count,
      warmSubscribers,
      phases: [
        closed("list T1", 1, quick ? quickly : usual),
        { kind: "list", workload: "list users", times: 20 },
      ],
    })),
  };
}

/** The memory of idle subscribers: as it is, and in another process after a forced collection. */
function idle({ quick, peers, subscribers = [quick ? 500 : 5_000] }: CrowdScope): CrowdBlock {
  const largest = Math.max(...subscribers);
  const fits = ({ maxSubscribers = Number.POSITIVE_INFINITY }: System) => maxSubscribers >= largest;
  return {
    kind: "crowd",
    name: "idle",
    rounds: quick ? 1 : 2,
    systems: [...ours, ...(quick ? [] : peers.filter(fits))],
    visits: subscribers.flatMap((count) =>
      [false, true].map((forced) => ({
        ...plain,
        subscribers: count,
        warmSubscribers,
        arriving: true,
        phases: [{ kind: "idle" as const, workload: forced ? "idle collected" : "idle", forced }],
      })),
    ),
  };
}

/** The crowd that arrives, stays, or comes back; the quick form measures what of it `only` names. */
export function crowdBlocks(scope: CrowdScope): (CrowdBlock | HerdBlock)[] {
  return [idle(scope), arrivals(scope), herd(scope), pauses(scope), lists(scope)];
}
