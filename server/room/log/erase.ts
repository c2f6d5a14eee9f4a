/** Erasing messages: finding those of a sender, and the events that void them (ports.ts, promise L11). */
import { type RoomContext, recordOf } from "../context.js";
import { type Appended, type Entry, LOG_PAGE, MAX_ERASED, type Position, PositionLost } from "../ports.js";
import { writeEventId } from "./event-id.js";
import { readKept, tryRead } from "./read-back.js";
import { EDIT_KINDS, type RoomRecord, readRecord, TEXT_KINDS } from "./record.js";

/** Appends under way at once. */
const AT_ONCE = 32;

/** A message that is to be erased. */
export interface Erasable {
  readonly seq: number;
  readonly record: RoomRecord;
}

interface Erasure {
  readonly reason: string;
  /** Begins the idempotency keys of the events. */
  readonly key: string;
}

/** Messages of one sender that the same members could see. */
interface Group {
  readonly sender: { readonly id: string; readonly nickname: string };
  /** Empty: everyone. */
  readonly audience: readonly string[];
  readonly messages: Erasable[];
}

/**
 * Appends the events that void the messages, one for each sender and audience, and waits until they are applied: then no
 * feed of this process has the texts any more.
 */
export async function erase(
  context: RoomContext,
  messages: readonly Erasable[],
  erasure: Erasure,
): Promise<void> {
  const appends = groupsOf(context, messages).flatMap((group) => {
    const pages: Group[] = [];
    for (let i = 0; i < group.messages.length; i += MAX_ERASED)
      pages.push({ ...group, messages: group.messages.slice(i, i + MAX_ERASED) });
    return pages;
  });
  for (let i = 0; i < appends.length; i += AT_ONCE) {
    const appended = await Promise.all(
      appends.slice(i, i + AT_ONCE).map((group) => append(context, group, erasure)),
    );
    await Promise.all(appended.map((place) => context.tailer.until(place)));
  }
}

function append(
  context: RoomContext,
  { sender, audience, messages }: Group,
  erasure: Erasure,
): Promise<Appended> {
  const { messageIds, editIds } = idsOf(context, messages);
  const event = { kind: "redacted", messageIds, editIds, sender, audience, reason: erasure.reason } as const;
  const erases = messages.map(({ seq }) => seq);
  const { record } = recordOf(context, event, erases);
  // With another first message, it is another erasure: what was erased before is not found again.
  const key = `${erasure.key}:${messages[0]!.seq}`;
  return context.log.append(record, { key, erase: erases, notice: true });
}

/** Of an edit, the id of its message, too, which may be erased before, or no longer kept. */
function idsOf({ decodeDetails }: RoomContext, messages: readonly Erasable[]) {
  const messageIds = new Set<string>();
  const editIds: string[] = [];
  for (const { seq, record } of messages) {
    const id = writeEventId(seq, record.nonce);
    const isEdit = EDIT_KINDS.has(record.kind);
    messageIds.add(isEdit ? decodeDetails(record).messageId : id);
    if (isEdit) editIds.push(id);
  }
  return { messageIds: [...messageIds], editIds };
}

function groupsOf({ decodeDetails }: RoomContext, messages: readonly Erasable[]): Group[] {
  const groups = new Map<string, Group>();
  for (const message of messages.toSorted((one, other) => one.seq - other.seq)) {
    const { kind, ids } = message.record;
    const isPrivate = kind === "private_message" || kind === "private_edited";
    const audience = isPrivate ? [...new Set(ids)] : [];
    const id = ids[0] ?? "";
    const key = JSON.stringify([id, audience]);
    const known = groups.get(key);
    if (known) known.messages.push(message);
    else {
      const sender = { id, nickname: decodeDetails(message.record).sender };
      groups.set(key, { sender, audience, messages: [message] });
    }
  }
  return [...groups.values()];
}

/** What a sender sent, edits among it, from a time on (ms since 1970). Reads the log backwards from its end. */
export async function messagesSince(
  { log }: RoomContext,
  senderId: string,
  since: number,
): Promise<Erasable[]> {
  const found: Erasable[] = [];
  const { epoch, first, last } = await log.head();
  const read = (after: Position, limit: number) => tryRead(log, after, limit);
  for (let to = last; to >= first; to -= LOG_PAGE) {
    const from = Math.max(first - 1, to - LOG_PAGE);
    const { entries } = await readKept(read, { epoch, seq: from }, to);
    found.push(...entries.filter(({ at }) => at >= since).flatMap((entry) => messageOf(entry, senderId)));
    // Times never decrease.
    if (entries[0] && entries[0].at < since) break;
  }
  return found;
}

function messageOf({ seq, data }: Entry, senderId: string): Erasable[] {
  const record = readRecord(data);
  return TEXT_KINDS.has(record.kind) && record.ids[0] === senderId ? [{ seq, record }] : [];
}

/** The same messages, with the edits of each; of an edit, the message as well, and its other edits. */
export async function withEdits(
  context: RoomContext,
  messages: readonly Erasable[],
): Promise<readonly Erasable[]> {
  const known = new Map(messages.map((message) => [message.seq, message]));
  const seqs = new Set(messages.flatMap(({ seq }) => context.edits.withMessage(seq)));
  const others = await readMessages(
    context,
    [...seqs].filter((seq) => !known.has(seq)),
  );
  return [...known.values(), ...others];
}

/** What is kept of the messages with these numbers, and not erased. */
export async function readMessages({ log }: RoomContext, seqs: readonly number[]): Promise<Erasable[]> {
  const entries = seqs.length === 0 ? [] : await readEntries(log, seqs);
  return entries.flatMap((entry) => {
    const record = entry && readRecord(entry.data);
    return record && record.kind !== "void" ? [{ seq: entry.seq, record }] : [];
  });
}

/** The entries with these numbers, in that order; undefined for one that the log does not keep. */
export async function readEntries(
  log: RoomContext["log"],
  seqs: readonly number[],
): Promise<(Entry | undefined)[]> {
  const { epoch, first, last } = await log.head();
  const readOne = async (seq: number) => {
    if (seq < first || seq > last) return undefined;
    const batch = await tryRead(log, { epoch, seq: seq - 1 }, 1);
    const entry = batch instanceof PositionLost ? undefined : batch.entries[0];
    return entry?.seq === seq ? entry : undefined;
  };
  return Promise.all(seqs.map(readOne));
}
