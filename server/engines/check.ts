import { tryRead } from "../room/log/read-back.js";
import { readRecord } from "../room/log/record.js";
import {
  type Claim,
  type Entry,
  type EventLog,
  LOG_PAGE,
  type Position,
  PositionLost,
  type Store,
} from "../room/ports.js";

/** The events that a store keeps: first..last, `count` of them. Times: ms since 1970, null if no event is kept. */
export interface KeptEvents {
  readonly first: number;
  readonly last: number;
  readonly count: number;
  readonly oldestAt: number | null;
  readonly newestAt: number | null;
}

/** The contents of a room, as its log and its registry of names have them. */
export interface RoomReport {
  /** One sentence per problem; empty: the room is sound. */
  readonly problems: readonly string[];
  readonly epoch: string;
  readonly events: KeptEvents;
  /** Events that only a newer version knows. */
  readonly unknown: number;
  /** `dead`: of servers that are gone. */
  readonly claims: { readonly held: number; readonly announced: number; readonly dead: number };
}

/** Checks an open store by its ports, whether or not servers use it, and changes nothing. Rejects with Unavailable. */
export async function checkStore({ log, names }: Pick<Store, "log" | "names">): Promise<RoomReport> {
  // In this order: every stay up to here is in the claims or has ended later, and the walk sees that end.
  const { last } = await log.head();
  const claims = await names.claims();
  const walk = await new Walk(log).run();
  return {
    problems: [...walk.problems, ...wrongStays(walk.stays, claims, last)],
    epoch: walk.epoch,
    events: walk.events,
    unknown: walk.unknown,
    claims: {
      held: claims.length,
      announced: claims.filter(({ announced }) => announced).length,
      dead: claims.filter(({ live }) => !live).length,
    },
  };
}

/** The latest that the log says of a member. */
interface Stay {
  readonly kind: "joined" | "left";
  readonly seq: number;
}

/** Reads every event that is kept, once. */
class Walk {
  readonly problems: string[] = [];
  /** By the member's id. */
  readonly stays = new Map<string, Stay>();
  unknown = 0;
  epoch = "";
  private first = 0;
  private at = 0;
  private count = 0;
  private oldestAt: number | null = null;
  private newestAt: number | null = null;

  constructor(private readonly log: EventLog) {}

  get events(): RoomReport["events"] {
    const { first, at: last, count, oldestAt, newestAt } = this;
    return { first, last, count, oldestAt, newestAt };
  }

  async run(): Promise<this> {
    const head = await this.log.head();
    this.first = head.first;
    this.at = head.first - 1;
    for (let position: Position | null = { epoch: head.epoch, seq: this.at }; position; )
      position = await this.page(position);
    return this;
  }

  /** Returns where to go on, or null at the end. */
  private async page(from: Position): Promise<Position | null> {
    const batch = await tryRead(this.log, from, LOG_PAGE);
    if (batch instanceof PositionLost) {
      await this.skip(batch);
      return batch.resume;
    }
    this.epoch = batch.epoch;
    for (const entry of batch.entries) this.take(entry);
    return batch.entries.length === 0 ? null : { epoch: batch.epoch, seq: this.at };
  }

  /** What a server has trimmed meanwhile is not missing. */
  private async skip({ reason, resume }: PositionLost): Promise<void> {
    const { first } = await this.log.head();
    const from = Math.max(this.at + 1, first);
    if (reason === "trimmed" && from <= resume.seq)
      this.problems.push(`events ${from} to ${resume.seq} are missing`);
    if (this.count === 0) this.first = resume.seq + 1;
    this.at = resume.seq;
  }

  private take({ seq, at, data }: Entry): void {
    if (this.newestAt !== null && at < this.newestAt)
      this.problems.push(`event ${seq} is older than the one before it`);
    this.at = seq;
    this.count++;
    this.oldestAt ??= at;
    this.newestAt = at;
    const { kind, ids } = readRecord(data);
    if (kind === "unknown") this.unknown++;
    if (kind === "joined" || kind === "left") this.stays.set(ids[0] ?? "", { kind, seq });
  }
}

/** Stays that log and claims disagree on. Up to `last`, the claims know all that the log does. */
function wrongStays(stays: ReadonlyMap<string, Stay>, claims: readonly Claim[], last: number): string[] {
  const held = new Map(claims.map((claim) => [claim.holder, claim]));
  const wrong: string[] = [];
  for (const [id, { kind, seq }] of stays) {
    if (seq > last) continue;
    const announced = held.get(id)?.announced ?? false;
    if (kind === "joined" && !announced) wrong.push(`the member that joined with event ${seq} has no name`);
    if (kind === "left" && announced) wrong.push(`the member that left with event ${seq} still has its name`);
  }
  return wrong;
}
