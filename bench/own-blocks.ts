import type { Block, ClientBlock, CrowdBlock, ReplayBlock } from "./block.js";
import { fastPathPair, ours, oursOnDisk, oursOverTls } from "./systems/parlance.js";
import { closed, plain, quickly, shortTextBytes, unhurried, usual } from "./visits.js";

/** The fan-out and connecting over TLS, beside cleartext in the same rounds. */
export function tlsBlock(quick: boolean): CrowdBlock {
  const times = quick ? quickly : usual;
  return {
    kind: "crowd",
    name: "tls",
    rounds: quick ? 1 : 2,
    systems: [...ours, ...oursOverTls.filter((system) => system.version() !== undefined)],
    visits: (quick ? [100] : [100, 1_000]).map((subscribers) => ({
      ...plain,
      subscribers,
      warmSubscribers: quick ? 0 : 200,
      phases: [
        { kind: "storm", workload: "tls connects" },
        closed("tls T1", 1, times),
        closed("tls T32", 32, times),
      ],
    })),
  };
}

/** Comparisons of this server with itself: TLS, store, replay, fast path, client. */
export function ownBlocks(): Block[] {
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
  const fastPath: CrowdBlock = {
    kind: "crowd",
    name: "fast-path",
    rounds: 2,
    systems: fastPathPair,
    visits: [1, 100].map((subscribers) => ({
      ...plain,
      subscribers,
      phases: [closed("fast-path", 32, unhurried)],
    })),
  };
  const client: ClientBlock = {
    kind: "client",
    name: "client",
    rounds: 2,
    systems: onMemory,
    starts: 15,
    // At a low rate the JIT compiler needs longer.
    floods: [
      { messagesPerSecond: 50, warmSeconds: 20, seconds: 20 },
      { messagesPerSecond: 2_000, warmSeconds: 5, seconds: 10 },
    ].map((flood) => ({
      ...flood,
      workload: `flood ${flood.messagesPerSecond}`,
      textBytes: shortTextBytes,
    })),
  };
  return [tlsBlock(false), disk, replay, fastPath, client];
}
