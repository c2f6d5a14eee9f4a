import type { CrowdJob, FloodJob, Phase, ReplayJob } from "./job.js";
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

/** The terminal client on its own, then in one fresh room for each flood. */
export interface ClientBlock extends Repeated {
  readonly kind: "client";
  /** How often each kind of start is timed in a round. */
  readonly starts: number;
  readonly floods: readonly Pick<
    FloodJob,
    "workload" | "messagesPerSecond" | "warmSeconds" | "seconds" | "textBytes"
  >[];
}

/** What is measured in one go. */
export type Block = CrowdBlock | ReplayBlock | ClientBlock;
