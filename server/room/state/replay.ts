import type { RoomContext } from "../context.js";
import { tryRead } from "../log/read-back.js";
import { readRecord } from "../log/record.js";
import { type Batch, type Entry, LOG_PAGE, type Position, PositionLost } from "../ports.js";
import type { StateMachine } from "./state-machine.js";

/** The newest entries up to the one that a replay went to, oldest first, without what is before the last gap. */
export interface Replayed {
  readonly recent: readonly Entry[];
  readonly epoch: string;
}

/**
 * Restores ignore histories and unwritten messages from the log up to `last`; the store's record of a member covers what
 * was trimmed or is damaged. Resolves to the newest entries, at most `keep` of them.
 */
export async function replay(
  { log }: Pick<RoomContext, "log">,
  machine: Pick<StateMachine, "apply" | "passOver" | "skipTo">,
  last: number,
  keep: number,
): Promise<Replayed> {
  let recent: Entry[] = [];
  for (let at: Position | null = null; ; ) {
    const batch: Batch | PositionLost = await tryRead(log, at, LOG_PAGE);
    if (batch instanceof PositionLost) {
      at = batch.resume;
      machine.skipTo(at.seq);
      recent = [];
      continue;
    }
    for (const entry of batch.entries) {
      if (entry.seq > last) break;
      applyAgain(machine, entry);
      recent.push(entry);
    }
    recent = recent.slice(Math.max(0, recent.length - keep));
    const newest = batch.entries.at(-1);
    if (!newest || newest.seq >= last) return { recent, epoch: batch.epoch };
    at = { epoch: batch.epoch, seq: newest.seq };
  }
}

function applyAgain(machine: Pick<StateMachine, "apply" | "passOver">, { data, seq }: Entry): void {
  const record = readRecord(data);
  // Who is present is known from the claims, which are those of the log's end.
  if (record.kind === "joined" || record.kind === "left") machine.passOver(seq, record.ids[0] ?? "");
  else machine.apply(record, seq, "restoring");
}
