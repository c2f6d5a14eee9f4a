import type { Position } from "../../../server/room/ports.js";
import type { FeedRun, Frame, History, Logged } from "./history.js";

/** The visibility rule again, independent of the server. */
function createSees(log: readonly Logged[]): (memberId: string, entry: Logged) => boolean {
  const toggles = new Map<string, Logged[]>();
  for (const entry of log) {
    if (entry.kind !== "ignore_on" && entry.kind !== "ignore_off") continue;
    const [id = ""] = entry.ids;
    toggles.set(id, [...(toggles.get(id) ?? []), entry]);
  }
  function ignores(memberId: string, seq: number): boolean {
    const own = toggles.get(memberId) ?? [];
    const latest = own.findLast((toggle) => toggle.seq < seq);
    // Before the oldest kept toggle, the state was the opposite.
    return latest ? latest.kind === "ignore_on" : own[0]?.kind === "ignore_off";
  }
  return (memberId, { kind, ids, seq }) => {
    if (kind === "joined" || kind === "left") return true;
    return kind === "group_message" ? !ignores(memberId, seq) : ids.includes(memberId);
  };
}

/**
 * I3 to I5: what a stream sent between two positions is what the log has there and the reader may see, once, in the
 * log's order, with the log's content.
 */
export function* streamed(history: History): Iterable<string> {
  const sees = createSees(history.log);
  const first = history.log[0]?.seq ?? 1;
  for (const [n, feed] of history.feeds.entries()) {
    const name = `feed ${n} of ${feed.memberId}`;
    for (const { from, to, events } of stretches(feed)) {
      if (to < from) yield `I4: ${name} went back from ${from} to ${to}`;
      const due = history.log.slice(Math.max(0, from + 1 - first), Math.max(0, to + 1 - first));
      yield* compare(name, events, due, (entry) => sees(feed.memberId, entry));
    }
  }
}

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly events: readonly Frame[];
}

/** A stream's frames, split at gaps, which permit loss. */
function* stretches({ frames }: FeedRun): Iterable<Stretch> {
  let from = frames[0]?.seq;
  if (from === undefined) return;
  let to = from;
  let events: Frame[] = [];
  for (const frame of frames) {
    if (frame.kind === "gap") {
      yield { from, to, events };
      from = frame.seq;
      events = [];
    } else if (frame.kind === "event") events.push(frame);
    to = frame.seq;
  }
  yield { from, to, events };
}

function* compare(
  name: string,
  events: readonly Frame[],
  due: readonly Logged[],
  visible: (entry: Logged) => boolean,
): Iterable<string> {
  const bySeq = new Map(due.map((entry) => [entry.seq, entry]));
  const received = new Set<number>();
  let last = 0;
  for (const { seq, id, content } of events) {
    const entry = bySeq.get(seq);
    if (received.has(seq)) yield `I4: ${name} sent ${seq} twice`;
    else if (seq < last) yield `I4: ${name} sent ${seq} after ${last}`;
    if (!entry) yield `I3: ${name} sent ${seq}, which the log does not have there: ${content}`;
    else if (entry.content !== content)
      yield `I3: ${name} sent ${seq} as ${content}, the log has ${entry.content}`;
    else if (entry.id !== id) yield `I3: ${name} sent ${seq} with the id ${id}, the log has ${entry.id}`;
    else if (!visible(entry)) yield `I5: ${name} sent ${seq}, which is not for it: ${content}`;
    received.add(seq);
    last = Math.max(last, seq);
  }
  for (const entry of due)
    if (visible(entry) && !received.has(entry.seq))
      yield `I4: ${name} skipped ${entry.seq}: ${entry.content}`;
}

/** I6: a gap is reported exactly when the position is lost, with the right reason; a stream starts where requested. */
export function* gaps({ log, ends, epoch, feeds }: History): Iterable<string> {
  const oldest = (log[0]?.seq ?? 1) - 1;
  const last = log.at(-1)?.seq ?? 0;

  function lossOf(after: Position): string | undefined {
    const end = after.epoch === epoch ? last : ends.get(after.epoch);
    if (end === undefined) return "STORE_REPLACED";
    if (after.seq > end) return "AHEAD";
    return after.seq < oldest ? "TRIMMED" : undefined;
  }

  for (const [n, { memberId, after, frames }] of feeds.entries()) {
    if (frames.length < 2 || !after) continue;
    const reported = frames.find(({ kind }) => kind === "gap")?.content;
    const due = lossOf(after);
    if (reported !== due)
      yield `I6: feed ${n} of ${memberId} reported the gap ${reported ?? "none"}, expected ${due ?? "none"}`;
    if (!due && frames[0]!.seq !== after.seq)
      yield `I6: feed ${n} of ${memberId} requested after ${after.seq} and started at ${frames[0]!.seq}`;
  }
}

/** I4 across streams: a reader resumes where it was, and a reader online at the end has the whole log. */
export function* complete({ log, feeds, claimed }: History): Iterable<string> {
  const last = log.at(-1)?.seq ?? 0;
  const reached = new Map<string, number>();
  for (const { memberId, after, frames } of feeds) {
    const before = reached.get(memberId);
    if (before !== undefined && after?.seq !== before)
      yield `I4: ${memberId} was at ${before} and requested after ${after?.seq ?? "nothing"}`;
    const to = frames.at(-1)?.seq ?? after?.seq;
    if (to !== undefined) reached.set(memberId, to);
  }
  for (const [memberId, seq] of reached)
    if (claimed.includes(memberId) && seq !== last)
      yield `I4: ${memberId} stopped at ${seq}, the log ends at ${last}`;
}
