import type { DialectName } from "./load/dialects/index.js";

/** One workload on the connected subscribers; its name is that of its figures. */
export type Phase =
  /** Closed loop: `inFlight` messages at any time; a slot sends again when all subscribers have its last message. */
  | {
      kind: "closed";
      workload: string;
      inFlight: number;
      /** Warm-up, not measured, for JIT compilers and caches. */
      warmSeconds: number;
      seconds: number;
      privateShare: number;
    }
  /** Open loop: messages at scheduled times, whether or not the earlier ones are complete. */
  | { kind: "fixed"; workload: string; messagesPerSecond: number; warmSeconds: number; seconds: number }
  /** Nothing is sent; the memory of idle subscribers, after a forced collection or as an operator sees it. */
  | { kind: "idle"; workload: string; forced: boolean }
  /** The figures of connecting itself. */
  | { kind: "storm"; workload: string }
  /** The same for each further `every` subscribers, in the order in which they had their first event. */
  | { kind: "arrivals"; workload: string; every: number }
  /** The whole list of members, all pages, `times` times after as many for warm-up. */
  | { kind: "list"; workload: string; times: number }
  /** The longest turn of the server's event loop: while all connect, while nothing is sent, during single messages. */
  | { kind: "pause"; workload: string; during: "connecting" }
  | { kind: "pause"; workload: string; during: "quiet"; seconds: number }
  | { kind: "pause"; workload: string; during: "messages"; messages: number };

/** Where to connect. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** The certificate, in PEM, that the server must have: the load client verifies it. Absent: cleartext. */
  readonly ca?: string;
}

/** The processes whose CPU time and memory are measured. */
export interface Measured {
  readonly serverPid: number;
  /** Further servers, whose figures are added to those of the first. */
  readonly others?: readonly Pick<Measured, "serverPid">[];
  /** The engine that several servers share; its CPU time is counted by itself. */
  readonly enginePid?: number;
}

/** The server that a load client uses, or the first of several that serve one room. */
export interface Target extends Endpoint, Measured {
  readonly dialect: DialectName;
  readonly others?: readonly (Endpoint & Pick<Measured, "serverPid">)[];
}

/** Fills the room with `messages` and one before them, whose cursor the replay starts after. */
export interface SeedJob extends Target {
  readonly kind: "seed";
  readonly messages: number;
  readonly textBytes: number;
}

/** One reader replays what a seed stored, once for each of `workloads`. */
export interface ReplayJob extends Target {
  readonly kind: "replay";
  /** Cursor of the message before the first to read. */
  readonly after: string;
  readonly messages: number;
  readonly textBytes: number;
  readonly workloads: readonly string[];
}

/** All subscribers come back at once to a server that was restarted; the parent restarts it when it is asked to. */
export interface HerdJob extends Target {
  readonly kind: "herd";
  readonly workload: string;
  readonly subscribers: number;
  /** Concurrent logins before the restart. */
  readonly connectingAtOnce: number;
  /** Messages before the restart; where feeds start at a cursor, each subscriber resumes behind one of these. */
  readonly messages: number;
  readonly textBytes: number;
}

/** An owner bans a network of `subscribers` feeds and erases `messages`; and others log in while a member speaks. */
export interface ModerationJob extends Target {
  readonly kind: "moderation";
  readonly subscribers: number;
  readonly messages: number;
  /** Offered, with secrets that people chose: the dearest ones to compare. */
  readonly loginsPerSecond: number;
  /** Of each turn with and without logins. */
  readonly seconds: number;
}

/** A browser opens the page, passes `messages` through it, and shows it in several tabs. */
export interface PageJob extends Target {
  readonly kind: "page";
  readonly openings: number;
  readonly messages: number;
  readonly tabs: number;
}

/** Fills the room with `messages` of Chinese and English words, and searches it `searches` times. */
export interface SearchJob extends Target {
  readonly kind: "search";
  readonly messages: number;
  readonly searches: number;
}

/** What the server of a ModerationJob is started with, so that the load client can enter as an owner. */
export const ownerAccess = {
  secret: "of no other use than to measure moderation",
  issuer: "https://bench.example.org",
  audience: "bench",
} as const;

/** Connects subscribers and runs the phases. */
export interface CrowdJob extends Target {
  readonly kind: "crowd";
  readonly subscribers: number;
  /** Share (0-1) of the subscribers that ignore group messages. */
  readonly ignoringShare: number;
  /** Share (0-1) of the subscribers that stop reading before the first phase. */
  readonly stalledShare: number;
  readonly textBytes: number;
  /**
   * Where several servers serve the room: subscribers and senders alternate between them, or all senders are at the first
   * and all subscribers at the last.
   */
  readonly placement: "spread" | "apart";
  /** Concurrent logins while connecting. */
  readonly connectingAtOnce: number;
  /**
   * Each subscribes right after its login and receives every later `joined`, so that connecting costs the square of the
   * number of subscribers. Otherwise all log in before the first subscribes.
   */
  readonly arriving: boolean;
  /** Subscribers that connect and leave before the measured ones, as warm-up. */
  readonly warmSubscribers: number;
  /** Whether the server collects garbage on SIGUSR2. */
  readonly collectable: boolean;
  readonly phases: readonly Phase[];
}

/** The terminal client and where it runs. */
interface Client {
  readonly client: readonly string[];
  /** CPU of the client; undefined: not pinned. */
  readonly cpu: number | undefined;
}

/** Starts the terminal client, and Node alone, `times` each. */
export interface StartsJob extends Client {
  readonly kind: "starts";
  readonly times: number;
}

/** One terminal client under a steady rate of messages, while keys are typed. */
export interface FloodJob extends Target, Client {
  readonly kind: "flood";
  readonly workload: string;
  readonly messagesPerSecond: number;
  /** Warm-up, not measured, for the JIT compiler. */
  readonly warmSeconds: number;
  readonly seconds: number;
  readonly textBytes: number;
}

/** What a load client sends to its parent to have the server restarted. */
export const restartRequest = "restart";

/** What the load client does with one fresh server. */
export type Job =
  | CrowdJob
  | HerdJob
  | SeedJob
  | ReplayJob
  | ModerationJob
  | PageJob
  | SearchJob
  | StartsJob
  | FloodJob;

/** Figures by name; the unit is in the name, `Share` is 0-1. */
export interface Figures {
  seconds?: number;
  messages?: number;
  deliveries?: number;
  deliveriesPerSecond?: number;
  /** Server CPU per delivery: the same number as CPU-seconds per million deliveries. */
  cpuMicrosPerDelivery?: number;
  cpuMicrosPerMessage?: number;
  /** Of the engine that several servers share; not part of the figures of the servers. */
  engineMicrosPerMessage?: number;
  serverBusyShare?: number;
  loadBusyShare?: number;
  /** From sending a message to the response to its sender, not to its deliveries. */
  responseP50Ms?: number;
  responseP99Ms?: number;
  /** Events replayed per second of server CPU time. */
  eventsPerCpuSecond?: number;
  p50Ms?: number;
  p99Ms?: number;
  p999Ms?: number;
  maxMs?: number;
  /** Messages of a fixed-rate phase that had not reached all subscribers at the time limit. */
  undelivered?: number;
  /** From a moderator's call to its whole effect, or from the first search to its response. */
  actionMs?: number;
  /** Logins with secrets that were offered, and those that succeeded. */
  logins?: number;
  admitted?: number;
  /** From the start of a process to its exit, or to its first screen. */
  startMs?: number;
  clientBusyShare?: number;
  /** From the navigation to the first contentful paint, and until a nickname can be typed. */
  firstPaintMs?: number;
  readyMs?: number;
  heapBytes?: number;
  rows?: number;
  tabs?: number;
  /** From a scroll by far to the frame that shows the place. */
  jumpP50Ms?: number;
  jumpMaxMs?: number;
  /** From sending a message to the page that shows it. */
  lineP50Ms?: number;
  lineMaxMs?: number;
  /** From a key press to the frame that shows it. */
  keyP50Ms?: number;
  keyP99Ms?: number;
  keyMaxMs?: number;
  startRssBytes?: number;
  maxRssBytes?: number;
  maxKernelTcpBytes?: number;
  stalled?: number;
  stalledEnded?: number;
  connectsPerSecond?: number;
  cpuMicrosPerConnect?: number;
  /** The same over all connects so far, not only over the latest thousand. */
  cpuMicrosPerConnectSoFar?: number;
  firstEventP50Ms?: number;
  firstEventP99Ms?: number;
  rssBytesPerSubscriber?: number;
  cpuMicrosPerList?: number;
  cpuMicrosPerSearch?: number;
  longestPauseMs?: number;
  /** Time that the server waited for its CPU meanwhile: pauses that are not its own. */
  waitedForCpuMs?: number;
  /** Events replayed to each subscriber, on average. */
  eventsReplayed?: number;
  /** Connections that the kernel turned away because the listen backlog was full; each tries again after a second. */
  listenOverflows?: number;
  /** Unknown or duplicate markers, and subscribers with missing ones. Must be 0. */
  faults?: number;
}

/** The figures of one phase; `subscribers` only where it is not the number of the whole job. */
export interface OutcomeRow {
  readonly workload: string;
  readonly figures: Figures;
  readonly subscribers?: number;
}

/** Receives a row at once, so that rows before a failure are kept. */
export type Report = (row: OutcomeRow) => void;

/** The load client's report: the figures of each phase, and the reason if it stopped early. */
export interface Outcome {
  readonly rows: readonly OutcomeRow[];
  readonly failure?: string;
  /** Of a seed: cursor of the message before the counted ones. */
  readonly firstCursor?: string;
}
