import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import type { Participant, Person } from "../log/record.js";
import type { Member, MemberPresence } from "../members/member.js";
import type { Roster } from "../members/roster.js";
import type { Registration } from "../names/registrations.js";
import { foldNickname } from "../rules/nickname/fold.js";
import { nearest } from "../rules/nickname/nearest.js";
import { checkText } from "../rules/text.js";
import { checkRequestId } from "./guards.js";
import { ReplyTarget, type Sent, sendMessage } from "./message.js";

const MAX_NICKNAME_BYTES = 64;
/** An id is at most as long as an event's; a longer one is no member's. */
const MAX_MEMBER_ID_BYTES = 64;

export interface SendToRequest {
  /** Nickname of the recipient. */
  readonly recipient: string;
  /** Member id; empty: that of the member who has the nickname now. */
  readonly recipientId: string;
  readonly text: string;
  readonly requestId: string;
  /** Id of the event that it replies to; empty, the default: it is no reply. */
  readonly replyToId?: string;
}

export interface SentTo extends Sent {
  readonly recipientPresence: MemberPresence;
  /** Whether the recipient is registered and not in the room: it receives the message in its next stay. */
  readonly stored: boolean;
}

/**
 * SendTo: a message to one member, or to the owner of a registered nickname, by any spelling of the nickname that folds to
 * the same.
 */
export async function sendTo(context: RoomContext, sender: Member, request: SendToRequest): Promise<SentTo> {
  const { recipient: nickname, recipientId, text, requestId, replyToId = "" } = request;
  checkRequestId(requestId);
  if (nickname === "") throw new Refusal("REQUEST_INVALID", { field: "recipient", rule: "empty" });
  checkLength("recipient", nickname, MAX_NICKNAME_BYTES);
  checkLength("recipient_id", recipientId, MAX_MEMBER_ID_BYTES);
  checkText(text, context.settings);
  const folded = foldNickname(nickname);
  const { order, registrations, roster } = context;
  const target = new ReplyTarget(context, sender, replyToId);
  const asked = ["SendTo", folded, recipientId, text];
  const sent = await sendMessage(context, sender, {
    requestId,
    request: replyToId === "" ? asked : [...asked, replyToId],
    ...(replyToId !== "" && { prepare: () => target.find() }),
    compose() {
      // A silent sender is announced before the message, so that it can write to itself.
      const member = folded === sender.name.key ? sender : roster.findPresent(folded);
      const recipient = member?.person ?? ownerOf(registrations.byKey(folded));
      if (!recipient) throw userNotFound(nickname, roster);
      const { id, role } = recipient;
      if (recipientId !== "" && id !== recipientId)
        throw new Refusal("USER_NOT_FOUND", { field: "recipient_id", rule: "another" });
      order.refuseSpeaking(sender, { id, role });
      return {
        kind: "private_message",
        sender: sender.participant,
        recipient: { id, nickname: recipient.nickname },
        text,
        ...target.content(id),
        recipientIsAway: !member || member.feeds.size === 0,
      };
    },
  });
  const addressee = roster.find(sent.recipientId);
  const isThere = addressee?.stage === "present";
  return {
    ...sent,
    recipientPresence: presenceOf(context, addressee),
    stored: !isThere && registrations.byId(sent.recipientId) !== undefined,
  };
}

/** Who receives what is sent to a registered nickname whose owner is away. */
export function ownerOf(
  registration: Registration | undefined,
): (Participant & Pick<Person, "role">) | undefined {
  if (!registration) return undefined;
  const { id, name, role } = registration;
  return { id, nickname: name.shown, ...(role && { role }) };
}

function presenceOf({ shared }: RoomContext, member: Member | undefined): MemberPresence {
  if (member?.stage !== "present") return "UNSPECIFIED";
  if (member.feeds.size > 0) return "ONLINE";
  // It may have a feed open at another process.
  return shared ? "UNSPECIFIED" : "AWAY";
}

function checkLength(field: string, value: string, limit: number): void {
  if (new TextEncoder().encode(value).length > limit)
    throw new Refusal("REQUEST_INVALID", { field, rule: "too_long", limit });
}

function userNotFound(nickname: string, roster: Roster): Refusal {
  const suggestion = nearest(nickname, roster.nicknames());
  return new Refusal("USER_NOT_FOUND", { field: "recipient", ...(suggestion && { suggestion }) });
}
