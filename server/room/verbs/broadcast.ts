import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import type { Member } from "../members/member.js";
import { checkText } from "../rules/text.js";
import { checkRequestId } from "./guards.js";
import { ReplyTarget, type Sent, sendMessage } from "./message.js";

/**
 * Broadcast: a message to every member. Refused while the sender ignores group messages. `replyToId`: id of the event that
 * it replies to; empty: it is no reply.
 */
export function broadcast(
  context: RoomContext,
  sender: Member,
  text: string,
  requestId: string,
  replyToId: string,
): Promise<Sent> {
  checkRequestId(requestId);
  checkText(text, context.settings);
  const target = new ReplyTarget(context, sender, replyToId);
  return sendMessage(context, sender, {
    requestId,
    request: replyToId === "" ? ["Broadcast", text] : ["Broadcast", text, replyToId],
    ...(replyToId !== "" && { prepare: () => target.find() }),
    compose() {
      context.order.refuseSpeaking(sender, undefined);
      if (sender.ignore.now) throw new Refusal("IGNORING");
      return { kind: "group_message", sender: sender.participant, text, ...target.content() };
    },
  });
}
