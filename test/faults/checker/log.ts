import type { History, Logged, Request } from "./history.js";

/** I1: an acknowledged event is in the log at its acknowledged place, with its id; all responses to a request agree. */
export function* acknowledged({ log, requests }: History): Iterable<string> {
  const bySeq = new Map(log.map((entry) => [entry.seq, entry]));
  for (const { memberId, requestId, answers } of requests) {
    for (const { id, seq, at } of answers) {
      const entry = bySeq.get(seq);
      if (!entry || requestIdOf(entry) !== requestId || entry.ids[0] !== memberId)
        yield `I1: ${requestId} was answered with ${seq}, where the log has ${entry?.content ?? "nothing"}`;
      else if (entry.at !== at)
        yield `I1: ${requestId} was answered with the time ${at}, the log has ${entry.at}`;
      else if (entry.id !== id)
        yield `I1: ${requestId} was answered with the id ${id}, the log has ${entry.id}`;
    }
  }
}

/** I2: no request is appended twice, acknowledged or not; each acknowledged toggle changed the state once. */
export function* appendedOnce({ log, toggles }: History): Iterable<string> {
  const seen = new Map<string, number>();
  const ignoring = new Map<string, boolean>();
  const moved = new Map<string, number>();
  for (const entry of log) {
    const [memberId = ""] = entry.ids;
    const requestId = requestIdOf(entry);
    if (requestId !== undefined) {
      const first = seen.get(`${memberId} ${requestId}`);
      if (first !== undefined) yield `I2: ${requestId} is in the log at ${first} and ${entry.seq}`;
      seen.set(`${memberId} ${requestId}`, entry.seq);
    }
    if (entry.kind !== "ignore_on" && entry.kind !== "ignore_off") continue;
    const on = entry.kind === "ignore_on";
    if ((ignoring.get(memberId) ?? false) === on) yield `I2: ${memberId} toggled twice to ${entry.kind}`;
    ignoring.set(memberId, on);
    moved.set(memberId, (moved.get(memberId) ?? 0) + 1);
  }
  for (const [memberId, count] of toggles) {
    if (count !== (moved.get(memberId) ?? 0))
      yield `I2: ${count} toggles of ${memberId} were answered, ${moved.get(memberId) ?? 0} are in the log`;
  }
}

/** I3, for the log: numbers are dense, times do not decrease, and no id is there twice. */
export function* dense({ log }: History): Iterable<string> {
  const known = new Set<string>();
  for (const [i, entry] of log.entries()) {
    const before = log[i - 1];
    if (before && entry.seq !== before.seq + 1) yield `I3: ${before.seq} is followed by ${entry.seq}`;
    if (before && entry.at < before.at) yield `I3: ${entry.seq} is older than ${before.seq}`;
    if (known.has(entry.id)) yield `I3: ${entry.seq} has the id ${entry.id} of another event`;
    known.add(entry.id);
  }
}

/** I10: a message sent after the response to another one is after it in the log. */
export function* inOrder({ requests }: History): Iterable<string> {
  const byMember = new Map<string, Request[]>();
  for (const request of requests)
    byMember.set(request.memberId, [...(byMember.get(request.memberId) ?? []), request]);
  for (const own of byMember.values()) {
    const begun = own.filter(({ answers }) => answers.length > 0).sort((a, b) => a.begun - b.begun);
    const done = [...begun].sort((a, b) => (a.done ?? 0) - (b.done ?? 0));
    let newest: Request | undefined;
    let next = 0;
    for (const request of begun) {
      for (; (done[next]?.done ?? Number.POSITIVE_INFINITY) < request.begun; next++)
        if (!newest || seqOf(done[next]!) > seqOf(newest)) newest = done[next]!;
      if (newest && seqOf(newest) > seqOf(request))
        yield `I10: ${request.requestId} was sent after the response to ${newest.requestId} and is before it`;
    }
  }
}

const seqOf = ({ answers }: Request): number => answers[0]?.seq ?? 0;

function requestIdOf({ text }: Logged): string | undefined {
  return text?.split(" ")[0];
}
