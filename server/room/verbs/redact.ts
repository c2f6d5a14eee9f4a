import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import { type Erasable, erase, readEntries, withEdits } from "../log/erase.js";
import { readEventId } from "../log/event-id.js";
import { readRecord, sees, TEXT_KINDS } from "../log/record.js";
import type { Member } from "../members/member.js";
import type { Actions } from "../order/acting/actions.js";
import { actorOf, checkLine } from "../order/acting/target.js";
import { MAX_ERASED } from "../ports.js";
import { chargeRateLimit } from "./guards.js";

export interface RedactRequest {
  /** Ids of the events. */
  readonly ids: readonly string[];
  readonly reason: string;
}

/** Redact: erases messages of the caller, or, for a moderator, any that it may see; all of them, or none. */
export async function redact(
  context: RoomContext,
  actions: Actions,
  member: Member,
  { ids, reason }: RedactRequest,
): Promise<number> {
  if (ids.length === 0) throw new Refusal("REQUEST_INVALID", { field: "ids", rule: "empty" });
  if (ids.length > MAX_ERASED)
    throw new Refusal("REQUEST_INVALID", { field: "ids", rule: "too_many", limit: MAX_ERASED });
  checkLine("reason", reason);
  chargeRateLimit(member, context.clock.monotonic());
  const eraseAll = async () => {
    const messages = await find(context, member, ids);
    for (const [senderId, ofSender] of Map.groupBy(messages, ({ record }) => record.ids[0] ?? ""))
      if (senderId === member.id)
        await erase(context, await withEdits(context, ofSender), {
          reason,
          key: `redact:${context.ids.random()}`,
        });
      else await eraseOfAnother(context, actions, member, ofSender, reason);
    return context.edits.count(messages.map(({ seq }) => seq));
  };
  return member.isModerator
    ? actions.inTurn(eraseAll)
    : member.editing.take(() => actions.betweenTurns(eraseAll));
}

/** What is to be erased, each once and without what is erased already. Refuses with MESSAGE_NOT_FOUND or NOT_ALLOWED. */
async function find({ log }: RoomContext, member: Member, ids: readonly string[]): Promise<Erasable[]> {
  const notFound = () => new Refusal("MESSAGE_NOT_FOUND", { field: "ids" });
  const wanted = new Map<number, Uint8Array>();
  for (const id of ids) {
    const read = readEventId(id);
    if (!read) throw notFound();
    wanted.set(read.seq, read.nonce);
  }
  const seqs = [...wanted.keys()];
  const entries = await readEntries(log, seqs);
  // Whoever ignores group messages may see them all the same.
  const viewer = { id: member.id, isModerator: member.isModerator, ignoringAt: () => false };
  const found = entries.flatMap((entry): Erasable[] => {
    if (!entry) throw notFound();
    const record = readRecord(entry.data);
    if (record.kind === "void") return [];
    const nonce = wanted.get(entry.seq);
    const isIt = record.nonce.every((byte, i) => byte === nonce?.[i]);
    if (!isIt || !TEXT_KINDS.has(record.kind) || !sees(viewer, record, entry.seq)) throw notFound();
    return [{ seq: entry.seq, record }];
  });
  const isOwn = ({ record }: Erasable) => record.ids[0] === member.id;
  if (!member.isModerator && !found.every(isOwn)) throw new Refusal("NOT_ALLOWED");
  return found;
}

/** What a moderator does. The sender of an announcement is not known. */
async function eraseOfAnother(
  { decodeDetails }: RoomContext,
  actions: Actions,
  member: Member,
  messages: readonly Erasable[],
  reason: string,
): Promise<void> {
  const { record } = messages[0]!;
  const [id = ""] = record.ids;
  const person = id === "" ? {} : { person: { id, nickname: decodeDetails(record).sender } };
  const redacts = messages.map(({ seq }) => seq);
  await actions.perform(actorOf(member), { action: "ERASE", ...person, reason, redacts });
}
