import { listenOverflows } from "../host/proc.js";
import type { HerdJob, Report, Target } from "../job.js";
import type { Dialect } from "./dialect.js";
import { call, login } from "./dialects/connect-h1.js";
import { dialects } from "./dialects/index.js";
import { createHistogram } from "./histogram.js";
import { type Link, openLink } from "./link.js";
import { markedText, markerBytes, readMarker } from "./marker.js";
import { metered } from "./meter.js";
import { inParallel, waitForQuiet, within } from "./wait.js";

/** First byte of a message of the feed: the tag of its only field (SubscribeResponse, length-delimited). */
const tag = { event: 0x0a, caughtUp: 0x1a } as const;
const limitMs = 120_000;
const quietMs = 500;

/** One subscriber before and after the restart. */
interface Returning {
  readonly nickname: string;
  /** Undefined where the protocol has no sessions. */
  token: string | undefined;
  /** Number of the message that it resumes behind. */
  resumeBehind: number;
  link: Link | undefined;
  events: number;
  markers: number;
  markerSum: number;
}

function markerIn(message: Buffer): number {
  for (let at = message.indexOf("~#"); at >= 0; at = message.indexOf("~#", at + 1)) {
    if (at + markerBytes > message.length) return -1;
    const id = readMarker(message, at);
    if (id >= 0) return id;
  }
  return -1;
}

/** Subscribes from `after`; resolves when the feed has caught up, or the protocol has confirmed the subscription. */
async function subscribe(dialect: Dialect, target: Target, member: Returning, after: string): Promise<void> {
  const link = await openLink(target, target.dialect);
  member.link = link;
  const { nickname } = member;
  if (dialect.follow === undefined) {
    const listener = { nickname, ignoring: false, stalling: false, announced: false };
    const start = await dialect.enter(link, listener);
    await start();
    link.read(() => {});
    return;
  }
  let received = (_: Buffer) => {};
  let failed = (_: string) => {};
  const caughtUp = new Promise<void>((resolve, reject) => {
    failed = (why) => reject(new Error(`${nickname}: ${why}`));
    received = (message) => {
      if (message[0] === tag.caughtUp) resolve();
      if (message[0] !== tag.event) return;
      member.events += 1;
      const id = markerIn(message);
      if (id < 0) return;
      member.markers += 1;
      member.markerSum += id;
    };
  });
  // The end of a feed during the restart is expected; before `caught_up` it is awaited below.
  caughtUp.catch(() => {});
  member.token = await dialect.follow(link, { nickname, token: member.token, after, received, failed });
  await within(caughtUp, limitMs, "catching up");
}

/** Sends messages one after another; resolves with their cursors. */
async function sendMessages({ messages, textBytes, ...target }: HerdJob): Promise<string[]> {
  const link = await openLink(target, "connectH1");
  const token = await login(link, "first");
  const cursors: string[] = [];
  for (let id = 0; id < messages; id += 1) {
    const response = await call(link, "Broadcast", token, { text: markedText(id, textBytes) });
    cursors.push(/"cursor":"([^"]+)"/.exec(response)?.[1] ?? "");
  }
  link.drop();
  return cursors;
}

function sumFrom(first: number, end: number): number {
  return ((end - first) * (first + end - 1)) / 2;
}

/** Whether a subscriber received every message from `first` on, exactly once. */
function isExact({ markers, markerSum }: Returning, first: number, end: number): boolean {
  return markers === end - first && markerSum === sumFrom(first, end);
}

/** Connects all, has the server restarted, and measures their return, all at once. */
export async function runHerd(job: HerdJob, restart: () => Promise<Target>, report: Report): Promise<void> {
  const dialect = dialects[job.dialect];
  const { subscribers, messages } = job;
  const members = Array.from({ length: subscribers }, (_, index): Returning => {
    const nickname = `s${String(index).padStart(5, "0")}`;
    const counts = { events: 0, markers: 0, markerSum: 0 };
    return { nickname, token: undefined, resumeBehind: index % messages, link: undefined, ...counts };
  });
  const total = () => members.reduce((sum, { events }) => sum + events, 0);
  await inParallel(subscribers, job.connectingAtOnce, (index) =>
    subscribe(dialect, job, members[index]!, ""),
  );
  const resumes = dialect.follow !== undefined;
  const cursors = resumes ? await sendMessages(job) : [];
  await waitForQuiet(total, quietMs, limitMs);
  const before = members.filter((member) => resumes && !isExact(member, 0, messages)).length;
  for (const member of members) Object.assign(member, { events: 0, markers: 0, markerSum: 0 });

  const target = await restart();
  for (const { link } of members) link?.drop();
  for (const member of members) Object.assign(member, { events: 0, markers: 0, markerSum: 0 });
  const overflowsBefore = listenOverflows();
  const took = createHistogram();
  const startMs = performance.now();
  const [, cost] = await metered(target, () =>
    inParallel(subscribers, subscribers, async (index) => {
      const member = members[index]!;
      await subscribe(dialect, target, member, cursors[member.resumeBehind] ?? "");
      took.add(performance.now() - startMs, 1);
    }),
  );
  const listenOverflowed = listenOverflows() - overflowsBefore;
  const replayed = total();
  await waitForQuiet(total, quietMs, limitMs);
  const after = members.filter(
    (member) => resumes && !isExact(member, member.resumeBehind + 1, messages),
  ).length;
  for (const { link } of members) link?.drop();
  report({
    workload: job.workload,
    figures: {
      seconds: cost.seconds,
      cpuMicrosPerConnect: cost.serverMicros / subscribers,
      p50Ms: took.quantile(0.5),
      p99Ms: took.quantile(0.99),
      ...(resumes && { eventsReplayed: replayed / subscribers, faults: before + after }),
      listenOverflows: listenOverflowed,
      ...cost.shares,
      ...cost.memory,
    },
  });
}
