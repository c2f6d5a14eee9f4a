import type { History, Logged } from "./history.js";

interface Visit {
  readonly nickname: string;
  left: boolean;
}

/**
 * I7: per visit one joined, then messages, then at most one left; before it, a silent member may ignore group messages.
 * I8: visits of one nickname never overlap.
 */
export function* visits({ log }: History): Iterable<string> {
  const visitOf = new Map<string, Visit>();
  const present = new Map<string, string>();
  for (const { seq, kind, ids, nickname = "" } of log) {
    if (kind === "unknown") continue;
    const [id = ""] = ids;
    const visit = visitOf.get(id);
    if (kind === "joined") {
      if (visit) yield `I7: ${id} joined again at ${seq}`;
      if (present.has(nickname))
        yield `I8: ${nickname} joined at ${seq} while ${present.get(nickname)} was online`;
      visitOf.set(id, { nickname, left: false });
      present.set(nickname, id);
    } else if (!visit) {
      if (kind === "ignore_on" || kind === "ignore_off") continue;
      yield `I7: ${kind} of ${id} at ${seq} before it joined`;
    } else if (visit.left) {
      yield `I7: ${kind} of ${id} at ${seq} after it left`;
    } else if (kind === "left") {
      visit.left = true;
      present.delete(visit.nickname);
    }
  }
}

/** I7, for caught_up: the number of visits that are open at its position. */
export function* counts({ log, feeds }: History): Iterable<string> {
  const bySeq = new Map<number, number>();
  let open = 0;
  for (const { seq, kind } of log) {
    if (kind === "joined") open++;
    if (kind === "left") open--;
    bySeq.set(seq, open);
  }
  for (const [n, { memberId, frames }] of feeds.entries())
    for (const { seq, online } of frames)
      if (online !== undefined && online !== bySeq.get(seq))
        yield `I7: feed ${n} of ${memberId} counted ${online} at ${seq}, expected ${bySeq.get(seq)}`;
}

/** I11: undelivered names messages of its reader to a member who leaves after it, each once. */
export function* undelivered({ log }: History): Iterable<string> {
  const messages = privateMessages(log);
  const reported = new Set<string>();
  const left = new Set<string>();
  for (const { seq, kind, ids, messageIds = [], recipientId = "" } of log) {
    if (kind === "left") left.add(ids[0] ?? "");
    if (kind === "undelivered" && left.has(recipientId))
      yield `I11: ${seq} reports messages to ${recipientId}, who had left`;
    for (const messageId of messageIds) {
      const message = messages.get(messageId);
      const [sender, recipient] = message && message.seq < seq ? message.ids : [];
      if (sender !== ids[0] || recipient !== recipientId)
        yield `I11: ${seq} reports ${messageId}, which is no message of ${ids[0]} to ${recipientId}`;
      if (reported.has(messageId)) yield `I11: ${seq} reports ${messageId} again`;
      reported.add(messageId);
    }
  }
}

/** I12: a message to a member who never had a feed is reported before that member leaves, if its sender is still there. */
export function* unreported({ log, feeds }: History): Iterable<string> {
  const messages = privateMessages(log);
  const readers = new Set(feeds.map(({ memberId }) => memberId));
  const present = new Set<string>();
  const unreported = new Map<string, Logged>();
  for (const { seq, id, kind, ids, messageIds = [] } of log) {
    const [memberId = "", recipientId = ""] = ids;
    if (kind === "joined") present.add(memberId);
    if (kind === "private_message" && !readers.has(recipientId)) unreported.set(id, messages.get(id)!);
    for (const messageId of messageIds) unreported.delete(messageId);
    if (kind !== "left") continue;
    present.delete(memberId);
    for (const message of unreported.values()) {
      const [sender = "", recipient] = message.ids;
      if (recipient === memberId && present.has(sender))
        yield `I12: ${memberId} left at ${seq}, and ${message.id} of ${sender} was not reported`;
    }
  }
}

function privateMessages(log: readonly Logged[]): Map<string, Logged> {
  return new Map(log.filter(({ kind }) => kind === "private_message").map((entry) => [entry.id, entry]));
}

/** I9: an announced claim has an open visit, and an open visit has a claim. */
export function* claims({ log, claimed }: History): Iterable<string> {
  const open = new Set<string>();
  for (const { kind, ids } of log) {
    if (kind === "joined") open.add(ids[0] ?? "");
    if (kind === "left") open.delete(ids[0] ?? "");
  }
  for (const id of claimed) if (!open.delete(id)) yield `I9: ${id} holds a name without a visit`;
  for (const id of open) yield `I9: the visit of ${id} is open and holds no name`;
}
