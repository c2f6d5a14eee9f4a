import type { DialectName } from "./load/dialects/index.js";

/** One thing to do with the connected subscribers, and the name its figures bear. */
export type Phase =
  /** `inFlight` messages are always under way: a new one is sent when everyone has the one before in its slot. */
  | {
      kind: "closed";
      workload: string;
      inFlight: number;
      /** The same before anything is measured, for compilers and caches. */
      warmSeconds: number;
      seconds: number;
      privateShare: number;
    }
  /** Messages at scheduled moments, whether the ones before are through or not. */
  | { kind: "fixed"; workload: string; messagesPerSecond: number; seconds: number }
  /** Nothing is sent; the memory of silent subscribers. */
  | { kind: "idle"; workload: string }
  /** The figures of connecting itself. */
  | { kind: "storm"; workload: string };

/** The server that a load client works on. */
export interface Target {
  readonly dialect: DialectName;
  readonly host: string;
  readonly port: number;
  readonly serverPid: number;
}

/** Fills the room with `messages` and one before them, so that there is a place to read them from. */
export interface SeedJob extends Target {
  readonly kind: "seed";
  readonly messages: number;
  readonly textBytes: number;
}

/** One reader reads what a seed left, once for each of `workloads`. */
export interface ReplayJob extends Target {
  readonly kind: "replay";
  /** Cursor of the message before the first to read. */
  readonly after: string;
  readonly messages: number;
  readonly textBytes: number;
  readonly workloads: readonly string[];
}

/** Connects subscribers and puts them through phases. */
export interface CrowdJob extends Target {
  readonly kind: "crowd";
  readonly subscribers: number;
  /** Share (0-1) of the subscribers that ignore group messages. */
  readonly ignoringShare: number;
  /** Share (0-1) of the subscribers that stop reading before the first phase. */
  readonly stalledShare: number;
  readonly textBytes: number;
  /** Logins under way at once while connecting. */
  readonly connectingAtOnce: number;
  /**
   * Each subscribes right after its login and hears everyone who comes later, which makes connecting cost the square
   * of the subscribers. Otherwise all log in before the first subscribes.
   */
  readonly arriving: boolean;
  /** Subscribers that come and go before the measured ones, so that a cold start is not what is measured. */
  readonly warmSubscribers: number;
  /** Whether the server collects its garbage on SIGUSR2. */
  readonly collectable: boolean;
  readonly phases: readonly Phase[];
}

/** The terminal client and where it runs. */
interface Client {
  readonly client: readonly string[];
  /** CPU of the client; undefined: not pinned. */
  readonly cpu: number | undefined;
}

/** Starts the terminal client, and Node alone, this many times each. */
export interface StartsJob extends Client {
  readonly kind: "starts";
  readonly times: number;
}

/** One terminal client in the room while messages pour in and someone types. */
export interface FloodJob extends Target, Client {
  readonly kind: "flood";
  readonly workload: string;
  readonly messagesPerSecond: number;
  /** The same before anything is measured, for compilers. */
  readonly warmSeconds: number;
  readonly seconds: number;
  readonly textBytes: number;
}

/** What the load client does to one fresh server. */
export type Job = CrowdJob | SeedJob | ReplayJob | StartsJob | FloodJob;

/** Figures by name; the unit is in the name, `Share` is 0-1. */
export interface Figures {
  seconds?: number;
  messages?: number;
  deliveries?: number;
  deliveriesPerSecond?: number;
  /** Server CPU per delivery: the same number as CPU-seconds per million deliveries. */
  cpuMicrosPerDelivery?: number;
  cpuMicrosPerMessage?: number;
  serverBusyShare?: number;
  loadBusyShare?: number;
  /** From sending a message until the server's answer to its sender, not until its deliveries. */
  answerP50Ms?: number;
  answerP99Ms?: number;
  /** Events that a second of server CPU time replays. */
  eventsPerCpuSecond?: number;
  p50Ms?: number;
  p99Ms?: number;
  p999Ms?: number;
  maxMs?: number;
  /** Messages of a fixed-rate phase that did not reach everyone before the run gave up. */
  undelivered?: number;
  /** From the start of a process to its end, or to its first screen. */
  startMs?: number;
  clientBusyShare?: number;
  /** From a key that was pressed until the screen shows it. */
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
  firstEventP50Ms?: number;
  firstEventP99Ms?: number;
  rssBytesPerSubscriber?: number;
  /** Markers nobody sent or somebody had twice, and subscribers whose markers do not add up. Must be 0. */
  faults?: number;
}

/** What the load client reports when it is through: the figures of each phase, and why it stopped early if it did. */
export interface Outcome {
  readonly rows: readonly { readonly workload: string; readonly figures: Figures }[];
  readonly failure?: string;
  /** Of a seed: cursor of the message before the counted ones. */
  readonly firstCursor?: string;
}
