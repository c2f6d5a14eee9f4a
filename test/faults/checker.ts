/**
 * Checks a history of a run with faults. The promises:
 *
 * I1 Every acknowledged event is in the log at its acknowledged position, with its acknowledged id.
 * I2 No request_id is appended twice, acknowledged or not.
 * I3 Numbers are dense, ids unique; all readers agree with the log on order, ids and content.
 * I4 A feed is the log as its reader may see it: strictly increasing, no duplicates, no loss without a gap.
 * I5 Nothing that is not for a reader reaches it.
 * I6 A gap is reported exactly when the position was lost, with the right reason.
 * I7 Per visit: one joined, then messages, then at most one left; none outside, except that a silent member may ignore
 *    group messages. caught_up has the number of visits that are open at its position.
 * I8 Visits of one name never overlap.
 * I9 An announced claim's visit is open; an open visit has a claim.
 * I10 Messages that a client sent each after the response to the previous one keep that order.
 * I11 Undelivered names messages of its reader to a member who leaves after it, each once.
 * I12 A message to a member who never had a feed is reported before that member leaves, if its sender is still there.
 */
import { complete, gaps, streamed } from "./checker/feeds.js";
import type { History } from "./checker/history.js";
import { acknowledged, appendedOnce, dense, inOrder } from "./checker/log.js";
import { claims, counts, undelivered, unreported, visits } from "./checker/visits.js";

const checks = [
  acknowledged,
  appendedOnce,
  dense,
  streamed,
  complete,
  gaps,
  visits,
  counts,
  claims,
  inOrder,
  undelivered,
  unreported,
];

/** A sentence for each broken promise, beginning with its number; empty if all hold. */
export function check(history: History): string[] {
  return checks.flatMap((promise) => [...promise(history)]);
}
