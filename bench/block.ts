import type {
  CrowdJob,
  FloodJob,
  HerdJob,
  ModerationJob,
  PageJob,
  Phase,
  ReplayJob,
  SearchJob,
} from "./job.js";
import type { System } from "./systems/system.js";

/** The job of a load client on one fresh server, without the server's address. */
export type Visit = Pick<
  CrowdJob,
  | "subscribers"
  | "ignoringShare"
  | "stalledShare"
  | "textBytes"
  | "placement"
  | "warmSubscribers"
  | "arriving"
> & {
  readonly phases: readonly Phase[];
};

/** The replay of a filled room by one reader, after a restart of the server. */
export type Replay = Pick<ReplayJob, "messages" | "textBytes" | "workloads">;

interface Repeated {
  readonly name: string;
  readonly rounds: number;
  readonly systems: readonly System[];
}

/** The same jobs on several systems, interleaved: round by round, system by system, so that ratios are comparable. */
export interface CrowdBlock extends Repeated {
  readonly kind: "crowd";
  readonly visits: readonly Visit[];
}

/** One room on disk, filled once, replayed by each system in each round. */
export interface ReplayBlock extends Repeated {
  readonly kind: "replay";
  readonly replay: Replay;
}

/** All subscribers return to a restarted server, with each of some numbers of subscribers. */
export interface HerdBlock extends Repeated {
  readonly kind: "herd";
  readonly herds: readonly Pick<HerdJob, "workload" | "subscribers" | "messages" | "textBytes">[];
}

/** A moderator in a crowd, in a fresh room each time. */
export interface ModerationBlock extends Repeated {
  readonly kind: "moderation";
  readonly moderation: Pick<ModerationJob, "subscribers" | "messages" | "loginsPerSecond" | "seconds">;
}

/** The page in a browser, in a fresh room each time. */
export interface PageBlock extends Repeated {
  readonly kind: "page";
  readonly page: Pick<PageJob, "openings" | "messages" | "tabs">;
}

/** Searches in a room that was filled, fresh each time. */
export interface SearchBlock extends Repeated {
  readonly kind: "search";
  readonly search: Pick<SearchJob, "messages" | "searches">;
}

/** The terminal client alone, then in a fresh room for each flood. */
export interface ClientBlock extends Repeated {
  readonly kind: "client";
  /** Number of times that each kind of start is timed in a round. */
  readonly starts: number;
  readonly floods: readonly Pick<
    FloodJob,
    "workload" | "messagesPerSecond" | "warmSeconds" | "seconds" | "textBytes"
  >[];
}

/** A unit of the plan. */
export type Block =
  | CrowdBlock
  | HerdBlock
  | ReplayBlock
  | ModerationBlock
  | PageBlock
  | SearchBlock
  | ClientBlock;
