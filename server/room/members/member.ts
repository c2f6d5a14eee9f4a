import type { EndReason } from "../errors.js";
import type { End, Person } from "../log/event.js";
import type { Appended } from "../ports.js";
import type { Nickname } from "../rules/nickname/nickname.js";
import { RecentAnswers } from "./idempotency.js";
import { IgnoreHistory } from "./ignore-history.js";
import type { Flood } from "./rate-limit.js";

export interface MemberFacts {
  readonly id: string;
  readonly name: Nickname;
  /** ms since 1970. */
  readonly joinTime: number;
  readonly flood: Flood;
  readonly ignoring?: boolean;
  /** Whether a feed was ever open. */
  readonly fed?: boolean;
}

/** What ToggleIgnore answers. `skipped`: group messages passed over, when ignoring ends. */
export interface Toggled {
  readonly ignoring: boolean;
  readonly skipped: number;
}

/** One stay of one person: from Login to `left`. */
export class Member {
  readonly id: string;
  readonly name: Nickname;
  readonly joinTime: number;
  readonly flood: Flood;
  readonly ignore: IgnoreHistory;
  /** Messages placed, by request_id. */
  readonly spoken = new RecentAnswers<Appended>();
  /** Toggles answered, by request_id. */
  readonly toggled = new RecentAnswers<Toggled>();
  /** Each open feed's way to be told of the end. */
  readonly feeds = new Set<(reason: EndReason) => void>();

  /** joining: the name is reserved, nobody knows yet. leaving: the way out has begun. */
  stage: "joining" | "here" | "leaving" | "gone" = "joining";
  /** The claim's fence; a new one after each takeover. */
  token = 0;
  visit = 0;
  fed: boolean;
  /** Monotonic ms of the last call or the last feed's end. */
  lastSeenMs = 0;

  constructor(facts: MemberFacts) {
    this.id = facts.id;
    this.name = facts.name;
    this.joinTime = facts.joinTime;
    this.flood = facts.flood;
    this.ignore = new IgnoreHistory(facts.ignoring);
    this.fed = facts.fed ?? false;
  }

  get person(): Person {
    return { ...this.end, joinTime: this.joinTime, ignoring: this.ignore.now };
  }

  get end(): End {
    return { id: this.id, nickname: this.name.shown };
  }
}
