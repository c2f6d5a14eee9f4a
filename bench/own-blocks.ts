import type {
  Block,
  ClientBlock,
  CrowdBlock,
  ModerationBlock,
  PageBlock,
  ReplayBlock,
  SearchBlock,
} from "./block.js";
import { hasChromium } from "./host/browser.js";
import {
  fastPathPair,
  ours,
  oursModerated,
  oursOnDisk,
  oursOverTls,
  oursSearched,
  oursShared,
} from "./systems/parlance.js";
import type { System } from "./systems/system.js";
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

/** Two servers on one engine beside one on SQLite; no block where no engine is installed. */
export function serversBlocks(quick: boolean): CrowdBlock[] {
  const several = oursShared.filter((system) => system.version() !== undefined);
  const single = oursOnDisk.filter(({ dialect }) => dialect === "connectH1");
  if (several.length === 0) return [];
  const times = quick ? quickly : unhurried;
  // At a low rate the JIT compiler needs longer.
  const steady = { messagesPerSecond: 200, warmSeconds: quick ? 1 : 4, seconds: quick ? 2 : 8 };
  return [
    {
      kind: "crowd",
      name: "servers",
      rounds: quick ? 1 : 2,
      systems: [...single, ...several],
      visits: [
        {
          ...plain,
          subscribers: 1,
          placement: "apart",
          phases: [{ kind: "fixed", workload: "servers 200/s", ...steady }],
        },
        { ...plain, subscribers: 2, phases: [closed("servers 64", 64, times)] },
        {
          ...plain,
          subscribers: quick ? 100 : 600,
          phases: [closed("servers T1", 1, times), closed("servers T8", 8, times)],
        },
      ],
    },
  ];
}

/** A moderator in a crowd, and logins with secrets while a member speaks. */
export function moderationBlock(quick: boolean): ModerationBlock {
  return {
    kind: "moderation",
    name: "moderation",
    rounds: quick ? 1 : 2,
    systems: oursModerated,
    moderation: {
      subscribers: quick ? 100 : 1_000,
      messages: 500,
      loginsPerSecond: 10,
      seconds: quick ? 1 : 5,
    },
  };
}

/** The page in a browser, only where it is asked for: it compares no servers. No block where there is no browser. */
export function pageBlocks(quick: boolean): PageBlock[] {
  if (!hasChromium()) return [];
  return [
    {
      kind: "page",
      name: "page",
      rounds: quick ? 1 : 3,
      systems: ours.filter(({ dialect }) => dialect === "connectH1"),
      page: { openings: quick ? 3 : 7, messages: quick ? 3_000 : 10_000, tabs: 10 },
    },
  ];
}

/** Searches in a long log, in memory and on disk. */
export function searchBlock(quick: boolean): SearchBlock {
  return {
    kind: "search",
    name: "search",
    rounds: quick ? 1 : 2,
    systems: oursSearched,
    search: quick ? { messages: 10_000, searches: 50 } : { messages: 100_000, searches: 300 },
  };
}

/** Comparisons of this server with itself: TLS, store, servers, moderation, search, replay, fast path, client. `others`: other builds of it. */
export function ownBlocks(others: readonly System[]): Block[] {
  const onMemory = ours.filter(({ dialect }) => dialect === "connectH1");
  const disk: CrowdBlock = {
    kind: "crowd",
    name: "disk",
    rounds: 3,
    systems: [...onMemory, ...oursOnDisk.filter(({ dialect }) => dialect === "connectH1"), ...others],
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
  return [
    tlsBlock(false),
    disk,
    ...serversBlocks(false),
    moderationBlock(false),
    searchBlock(false),
    replay,
    fastPath,
    client,
  ];
}
