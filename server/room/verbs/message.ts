import { type RoomContext, recordOf } from "../context.js";
import { Refusal } from "../errors.js";
import type { Erasable } from "../log/erase.js";
import { resolveEvent, writeEventId } from "../log/event-id.js";
import { EDIT_KINDS, type RoomEvent, type RoomRecord, readRecord, sees, TEXT_KINDS } from "../log/record.js";
import { keyOf, readTag, writeTag } from "../members/idempotency.js";
import type { Member } from "../members/member.js";
import type { Appended, Position } from "../ports.js";
import { announce } from "./announce.js";
import { chargeRateLimit, decideAgain, refuseStoreErrors } from "./guards.js";

/** A message that was appended. `at`: ms since 1970. */
export interface Sent extends Position {
  /** That of its event. */
  readonly id: string;
  readonly at: number;
  readonly duplicate: boolean;
  /** Member id; empty for a group message, or if a store of an earlier version did not keep it. */
  readonly recipientId: string;
}

/** A message that is to be sent. */
export interface Draft {
  readonly requestId: string;
  /** The RPC and all that it was asked for, to tell a retry from another message. */
  readonly request: readonly string[];
  /** Reads what `compose` has to know of the log; may throw a Refusal. */
  readonly prepare?: () => Promise<void>;
  /**
   * Makes the event; may throw a Refusal. Called before a silent sender is announced, and whenever the message is about to
   * be appended.
   */
  readonly compose: () => MessageEvent;
}

type MessageEvent = Extract<RoomEvent, { kind: "group_message" | "private_message" | "edited" }>;

const FIELD = "reply_to_id";
const NO_NONCE = new Uint8Array();

/**
 * What Broadcast, SendTo and EditMessage share: a message costs a token of the sender's rate limit and is appended to the log, after
 * the sender's `joined`; a retry of it is neither appended nor charged again.
 */
export async function sendMessage(context: RoomContext, sender: Member, draft: Draft): Promise<Sent> {
  const { clock } = context;
  const { requestId } = draft;
  const content = contentOf(context, requestId, draft.request);
  const work = () => appendMessage(context, sender, draft, content);
  const { result, again } = await sender.requests.once(requestId, content, clock.monotonic(), work);
  return again ? { ...result, duplicate: true } : result;
}

/** A hash of what was asked for; empty where no retry is possible, so that it costs nothing. */
export function contentOf({ ids }: RoomContext, requestId: string, request: readonly string[]): string {
  return requestId === "" ? "" : ids.hash(JSON.stringify(request));
}

async function appendMessage(
  context: RoomContext,
  sender: Member,
  draft: Draft,
  content: string,
): Promise<Sent> {
  // Charged before any lookup, be it of an earlier append or of the nearest nickname: guessing nicknames is not free.
  chargeRateLimit(sender, context.clock.monotonic());
  const sent = await refuseStoreErrors(appendOnce(context, sender, draft, content));
  if (sent.duplicate) sender.rateLimiter.refund();
  return sent;
}

async function appendOnce(
  context: RoomContext,
  sender: Member,
  draft: Draft,
  content: string,
): Promise<Sent> {
  const key = keyOf(sender.id, draft.requestId);
  try {
    return await appendChecked(context, sender, draft, content, key);
  } catch (refusal) {
    // The first call may have been appended when nothing stood against it yet, and its response lost.
    const before =
      refusal instanceof Refusal && key ? await context.leases.appendedBefore(sender, key) : undefined;
    if (before) return sentBefore(before, content);
    throw refusal;
  }
}

async function appendChecked(
  context: RoomContext,
  sender: Member,
  { prepare, compose }: Draft,
  content: string,
  key: string | undefined,
): Promise<Sent> {
  const { clock, leases, order, roster, tailer } = context;
  const fresh = order.fresh();
  if (fresh) await fresh;
  if (prepare) await prepare();
  const spokeBeforeMs = sender.spokeAtMs;
  let event = await composeOnce(context, compose);
  const announced = sender.isPosting ? undefined : announce(context, sender);
  if (announced) {
    await announced;
    event = await composeOnce(context, compose);
  }
  let nonce: Uint8Array = NO_NONCE;
  let spokenMs: number | undefined;
  const takeBack = () => {
    if (sender.spokeAtMs === spokenMs) sender.spokeAtMs = spokeBeforeMs;
  };
  const write = () => {
    // Its own stamp must not refuse it when it is composed again; another message of the sender may, by slow mode.
    takeBack();
    event = compose();
    spokenMs = clock.monotonic();
    sender.spokeAtMs = spokenMs;
    const made = recordOf(context, event);
    nonce = made.nonce;
    const tag = { content, nonce, recipientId: recipientOf(event) };
    return { data: made.record, ...(key !== undefined && { key, tag: writeTag(tag) }) };
  };
  const appending = sender.isPosting ? context.post(sender, write) : leases.append(sender, write);
  roster.find(recipientOf(event))?.expect(appending.then((appended) => tailer.until(appended)));
  const appended = await appending.catch((error: unknown) => {
    takeBack();
    throw error;
  });
  if (appended.duplicate) takeBack();
  if (appended.duplicate) return sentBefore(appended, content);
  const { epoch, seq, at } = appended;
  return { id: writeEventId(seq, nonce), epoch, seq, at, duplicate: false, recipientId: recipientOf(event) };
}

/** Composes again before a refusal, when the room has applied what other processes appended. */
async function composeOnce(context: RoomContext, compose: Draft["compose"]): Promise<MessageEvent> {
  try {
    return compose();
  } catch (refusal) {
    return decideAgain(context, refusal, compose);
  }
}

function recipientOf(event: MessageEvent): string {
  return event.kind === "private_message" ? event.recipient.id : "";
}

/** The result of a first call that an earlier process served. Refuses if it was another call. */
function sentBefore({ epoch, seq, at, tag }: Appended, content: string): Sent {
  const { nonce, recipientId } = readTag(tag, content);
  return { id: writeEventId(seq, nonce), epoch, seq, at, duplicate: true, recipientId };
}

/**
 * The message with this id that a member may see, whether or not it ignores group messages. Refuses with
 * MESSAGE_NOT_FOUND. `field`: the request's field that carries the id.
 */
export async function findMessage(
  { log }: Pick<RoomContext, "log">,
  { id: memberId, isModerator }: Pick<Member, "id" | "isModerator">,
  id: string,
  field: string,
): Promise<Erasable> {
  const entry = await resolveEvent(log, id);
  const record = entry && readRecord(entry.data);
  const viewer = { id: memberId, isModerator, ignoringAt: () => false };
  const isMessage = record && TEXT_KINDS.has(record.kind) && !EDIT_KINDS.has(record.kind);
  if (!isMessage || !sees(viewer, record, entry.seq)) throw new Refusal("MESSAGE_NOT_FOUND", { field });
  return { seq: entry.seq, record };
}

/** The message that another one replies to. */
export class ReplyTarget {
  private record: RoomRecord | undefined;

  /** `id`: empty if it is no reply: then there is nothing to find. */
  constructor(
    private readonly context: RoomContext,
    private readonly sender: Member,
    private readonly id: string,
  ) {}

  /** Refuses what the sender cannot see. */
  async find(): Promise<void> {
    ({ record: this.record } = await findMessage(this.context, this.sender, this.id, FIELD));
  }

  /**
   * What the reply carries of it; to be called once it was found. `recipientId`: of a private reply. Refuses what not all
   * who receive the reply could see.
   */
  content(recipientId?: string): { readonly replyToId?: string } {
    if (!this.record) return {};
    const { kind, ids } = this.record;
    const isKnown = kind !== "private_message" || (recipientId !== undefined && ids.includes(recipientId));
    if (!isKnown) throw new Refusal("MESSAGE_NOT_FOUND", { field: FIELD });
    return { replyToId: this.id };
  }
}
