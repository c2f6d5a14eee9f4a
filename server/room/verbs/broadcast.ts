import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import type { Member } from "../members/member.js";
import { checkText } from "../rules/text.js";
import { checkRequestId } from "./guards.js";
import { type Sent, sendMessage } from "./message.js";

/** Broadcast: a message to every member. Refused while the sender ignores group messages. */
export function broadcast(
  context: RoomContext,
  sender: Member,
  text: string,
  requestId: string,
): Promise<Sent> {
  checkRequestId(requestId);
  checkText(text, context.settings);
  return sendMessage(context, sender, {
    requestId,
    request: ["Broadcast", text],
    compose() {
      context.order.refuseSpeaking(sender, undefined);
      if (sender.ignore.now) throw new Refusal("IGNORING");
      return { kind: "group_message", sender: sender.participant, text };
    },
  });
}
