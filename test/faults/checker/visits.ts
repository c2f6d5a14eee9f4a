import type { History } from "./history.js";

interface Visit {
  readonly nickname: string;
  left: boolean;
}

/**
 * I7: per visit one joined, then messages, then at most one left. I8: visits of one nickname never overlap. Notices
 * contain the number online.
 */
export function* visits({ log }: History): Iterable<string> {
  const visitOf = new Map<string, Visit>();
  const present = new Map<string, string>();
  for (const { seq, kind, ids, nickname = "", online } of log) {
    const [id = ""] = ids;
    const visit = visitOf.get(id);
    if (kind === "joined") {
      if (visit) yield `I7: ${id} joined again at ${seq}`;
      if (present.has(nickname))
        yield `I8: ${nickname} joined at ${seq} while ${present.get(nickname)} was online`;
      visitOf.set(id, { nickname, left: false });
      present.set(nickname, id);
    } else if (!visit) {
      yield `I7: ${kind} of ${id} at ${seq} before it joined`;
    } else if (visit.left) {
      yield `I7: ${kind} of ${id} at ${seq} after it left`;
    } else if (kind === "left") {
      visit.left = true;
      present.delete(visit.nickname);
    }
    if (online !== undefined && online !== present.size)
      yield `I7: the notice at ${seq} has ${online} online, expected ${present.size}`;
  }
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
