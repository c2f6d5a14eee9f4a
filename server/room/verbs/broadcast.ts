import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import type { Member } from "../members/member.js";
import type { Appended } from "../ports.js";
import { checkText } from "../rules/text.js";
import { checkRequestId } from "./guards.js";
import { sendMessage } from "./message.js";

/** Broadcast: a message to every member. Refused while the sender ignores group messages. */
export function broadcast(
  context: RoomContext,
  sender: Member,
  text: string,
  requestId: string,
): Promise<Appended> {
  checkRequestId(requestId);
  checkText(text, context.settings);
  return sendMessage(context, sender, requestId, () => {
    if (sender.ignore.now) throw new Refusal("IGNORING");
    return { kind: "message", sender: sender.participant, text };
  });
}
