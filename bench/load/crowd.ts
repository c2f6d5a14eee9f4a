import type { Dialect, Feed, Subscribe } from "./dialect.js";
import { createHistogram, type Histogram } from "./histogram.js";
import type { Ledger } from "./ledger.js";
import type { Link } from "./link.js";
import { createScan, openStream, type Stream } from "./marker.js";
import { inParallel, waitUntil } from "./wait.js";

/** One subscriber's stream, and what is expected on it besides the messages to everyone. */
interface Member extends Stream {
  readonly nickname: string;
  readonly link: Link;
  readonly feed: Feed;
  readonly ignoring: boolean;
  readonly stalling: boolean;
  privateCount: number;
  privateIdSum: number;
}

/** A member that is logged in and not yet subscribed. */
interface Entrant {
  readonly nickname: string;
  readonly link: Link;
  readonly ignoring: boolean;
  readonly stalling: boolean;
  readonly subscribe: Subscribe;
  readonly tookMs: number;
}

/** All subscribers of a room. */
export interface Crowd {
  /** Number of subscribers that a message to everyone must reach. */
  readonly receiving: number;
  readonly stalled: number;
  /** Bytes received by all of them. */
  readonly bytes: number;
  /** Times that connecting, logging in and subscribing until the first event took, in milliseconds. */
  readonly firstEvents: Histogram;
  /** Records that message `id` was sent to everyone. */
  spoke(id: number): void;
  /** Picks the next recipient of a private message, which is then expected to receive `id`. */
  sendPrivate(id: number): string;
  /** Stops reading at the stalling members. */
  stall(): void;
  /** Reads again there; resolves with the number of feeds that were ended, within `timeoutMs`. */
  countEnded(timeoutMs: number): Promise<number>;
  /** Number of members that did not receive exactly the expected messages. */
  mismatches(): number;
  drop(): void;
}

/** How to connect the subscribers. */
export interface CrowdNeeds {
  readonly dialect: Dialect;
  /** Connects the subscriber at `index`. */
  readonly open: (index: number) => Promise<Link>;
  readonly ledger: Ledger;
  readonly subscribers: number;
  readonly ignoringShare: number;
  readonly stalledShare: number;
  readonly textBytes: number;
  readonly connectingAtOnce: number;
  /** Each subscribes right after its login and receives every later `joined`. Otherwise all log in first. */
  readonly arriving: boolean;
  /** Called when one more subscriber has had its first event, with the time that this took. */
  readonly arrived?: (tookMs: number) => void;
  /** First letter of the nicknames, so that two crowds on one server do not collide. */
  readonly prefix: string;
  readonly failed: (why: string) => void;
}

/** Whether the member at `index` belongs to the share, spread evenly. */
function inShare(index: number, share: number): boolean {
  return Math.floor((index + 1) * share) > Math.floor(index * share);
}

/** Connects all, `connectingAtOnce` at a time; resolves when all have their first event. */
export async function connectCrowd(needs: CrowdNeeds): Promise<Crowd> {
  const members: Member[] = [];
  const firstEvents = createHistogram();
  let bytes = 0;
  let dropped = false;
  const scan = createScan<Member>(needs.textBytes, (_, id) => needs.ledger.deliver(id));

  async function enter(index: number): Promise<Entrant> {
    const startMs = performance.now();
    const link = await needs.open(index);
    const nickname = `${needs.prefix}${String(index).padStart(5, "0")}`;
    const ignoring = inShare(index, needs.ignoringShare);
    const stalling = inShare(index, needs.stalledShare);
    const subscribe = await needs.dialect.enter(link, {
      nickname,
      ignoring,
      stalling,
      announced: !needs.arriving,
    });
    return { nickname, link, ignoring, stalling, subscribe, tookMs: performance.now() - startMs };
  }

  async function join({ nickname, link, ignoring, stalling, subscribe, tookMs }: Entrant): Promise<void> {
    const startMs = performance.now();
    const feed = await subscribe();
    const sinceConnectingMs = tookMs + performance.now() - startMs;
    firstEvents.add(sinceConnectingMs, 1);
    needs.arrived?.(sinceConnectingMs);
    const more = { nickname, link, feed, ignoring, stalling, privateCount: 0, privateIdSum: 0 };
    const member: Member = Object.assign(openStream(), more);
    members.push(member);
    if (stalling) return;
    const heed = feed.handOver?.();
    link.read((chunk, length) => {
      bytes += length;
      heed?.(chunk, length);
      scan(member, chunk, length);
    });
    link.onEnd(() => {
      if (!dropped) needs.failed("the server ended a subscriber that reads");
    });
  }

  const { subscribers, connectingAtOnce } = needs;
  if (needs.arriving) {
    await inParallel(subscribers, connectingAtOnce, async (index) => join(await enter(index)));
  } else {
    const entrants: Entrant[] = [];
    await inParallel(subscribers, connectingAtOnce, async (index) => {
      entrants.push(await enter(index));
    });
    await inParallel(subscribers, connectingAtOnce, (index) => join(entrants[index]!));
  }
  const stalling = members.filter((member) => member.stalling);
  const receiving = members.filter((member) => !member.stalling && !member.ignoring);
  let spokenCount = 0;
  let spokenIdSum = 0;
  let nextRecipient = 0;

  return {
    receiving: receiving.length,
    stalled: stalling.length,
    get bytes() {
      return bytes;
    },
    firstEvents,
    spoke(id) {
      spokenCount += 1;
      spokenIdSum += id;
    },
    sendPrivate(id) {
      const member = receiving[nextRecipient % receiving.length]!;
      nextRecipient += 1;
      member.privateCount += 1;
      member.privateIdSum += id;
      return member.nickname;
    },
    stall() {
      for (const member of stalling) member.link.pause();
    },
    async countEnded(timeoutMs) {
      for (const member of stalling) member.link.resume();
      const ended = () => stalling.filter((member) => member.feed.ended).length;
      await waitUntil(() => ended() === stalling.length, timeoutMs);
      return ended();
    },
    mismatches() {
      return members.filter((member) => {
        if (member.stalling) return false;
        const received = member.ignoring ? 0 : 1;
        return (
          member.count !== received * spokenCount + member.privateCount ||
          member.idSum !== received * spokenIdSum + member.privateIdSum
        );
      }).length;
    },
    drop() {
      dropped = true;
      for (const member of members) member.link.drop();
    },
  };
}
