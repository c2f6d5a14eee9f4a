import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import type { Erasable } from "../log/erase.js";
import type { Participant, Person } from "../log/record.js";
import type { Member } from "../members/member.js";
import type { Actions } from "../order/acting/actions.js";
import { MAX_ERASED } from "../ports.js";
import { checkText } from "../rules/text.js";
import { checkRequestId } from "./guards.js";
import { findMessage, type Sent, sendMessage } from "./message.js";
import { ownerOf } from "./send-to.js";

export interface EditMessageRequest {
  /** Id of the message's event. */
  readonly id: string;
  readonly text: string;
  readonly requestId: string;
}

/**
 * EditMessage: appends another text of a message of the sender. Edits and erasures of a message take turns, so that what
 * erases it knows all of its edits; where another process erases, see log/late-edits.ts. A message has no more edits than
 * can be erased with it in one step.
 */
export async function editMessage(
  context: RoomContext,
  actions: Actions,
  sender: Member,
  { id, text, requestId }: EditMessageRequest,
): Promise<Sent> {
  checkRequestId(requestId);
  checkText(text, context.settings);
  const { order, tailer } = context;
  const edit = async () => {
    let message: Erasable | undefined;
    const sent = await sendMessage(context, sender, {
      requestId,
      request: ["EditMessage", id, text],
      async prepare() {
        message = await findMessage(context, sender, id, "id");
        if (message.record.ids[0] !== sender.id) throw new Refusal("NOT_ALLOWED");
      },
      compose() {
        const recipient = recipientOf(context, message!);
        if (context.edits.withMessage(message!.seq).length >= MAX_ERASED)
          throw new Refusal("REQUEST_INVALID", { field: "id", rule: "edits", limit: MAX_ERASED - 1 });
        order.refuseSpeaking(sender, recipient && { id: recipient.id, role: recipient.role });
        if (!recipient && sender.ignore.now) throw new Refusal("IGNORING");
        const to = recipient && { recipient: { id: recipient.id, nickname: recipient.nickname } };
        return { kind: "edited", messageId: id, sender: sender.participant, ...to, text };
      },
    });
    await tailer.until(sent);
    return sent;
  };
  return sender.editing.take(() => actions.betweenTurns(edit));
}

/** To whom a private message was sent, as they are now; undefined for a group message. Refuses with USER_NOT_FOUND. */
function recipientOf(
  { registrations, roster }: RoomContext,
  { record }: Erasable,
): (Participant & Pick<Person, "role">) | undefined {
  if (record.kind !== "private_message") return undefined;
  const [, id = ""] = record.ids;
  const recipient = roster.find(id)?.person ?? ownerOf(registrations.byId(id));
  if (!recipient) throw new Refusal("USER_NOT_FOUND", { field: "id", rule: "left" });
  return recipient;
}
